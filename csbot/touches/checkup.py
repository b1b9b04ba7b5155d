"""What `csbot doctor` says of e-mails and SMS to customers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from csbot.email.server import server
from csbot.findings import OK, WARN, Finding
from csbot.outbox.model import LANES, OutgoingMessage
from csbot.outbox.postman import missing, problem
from csbot.settings import Settings
from csbot.touches import trouble
from csbot.touches.model import Touch
from messages.text import plural

CALLED = {"email": "e-mail", "sms": "SMS"}
LATELY = timedelta(days=30)


def findings(session: Session, settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """A team need not write to customers: what nobody set up and nothing waits for is no word."""
    waits, approved = _waiting(session), _approved(session)
    for call in LANES:
        lacking = missing(settings)[call]
        count, last = waits.get(call, (0, None))
        count += approved.get(call, 0) if lacking else 0
        if lacking and (count or _begun(settings, call)):
            yield Finding(WARN, f"{CALLED[call]} to customers: {_wait(count)}", _set(lacking))
        elif not lacking:
            yield from _door(settings, call, count, last)
    yield from _troubled(session, now)


def _waiting(session: Session) -> dict[str, tuple[int, str | None]]:
    """How many of each were handed over and wait, and an answer that some of them got."""
    o = OutgoingMessage
    found = select(o.call, func.count(), func.max(o.last_error)).group_by(o.call)
    rows = session.execute(found.where(o.call.in_(LANES), o.state == "waiting"))
    return {call: (count, last) for call, count, last in rows}


def _approved(session: Session) -> dict[str, int]:
    """How many of each are not handed over before they can be sent."""
    found = select(Touch.channel, func.count()).where(Touch.state == "approved")
    return {call: count for call, count in session.execute(found.group_by(Touch.channel))}


def _begun(settings: Settings, call: str) -> bool:
    env = settings.env
    return bool(env.smtp_url if call == "email" else env.twilio_account_sid)


def _wait(count: int) -> str:
    waiting = f"{plural(count, 'message')} waiting, and " if count else ""
    return f"{waiting}none can be sent"


def _set(lacking: list[str]) -> str:
    return f"set {', '.join(lacking)}; docs/connect.md says how"


def _door(settings: Settings, call: str, count: int, last: str | None) -> Iterator[Finding]:
    name = f"{CALLED[call]} to customers"
    if wrong := problem(settings, call):
        yield Finding(WARN, f"{name}: {_wait(count)}: {wrong}", "mend SMTP_URL, or the mail server")
        return
    where = server(settings.env.smtp_url).host if call == "email" else "Twilio"
    yield Finding(OK, f"{name}: by {where}")
    if count and last:
        mend = "they go out by themselves once that is mended, or expire"
        yield Finding(WARN, f"{name}: {plural(count, 'message')} waiting ({last})", mend)


def _troubled(session: Session, now: datetime) -> Iterator[Finding]:
    lately = or_(Touch.queued_at > now - LATELY, Touch.bounced_at > now - LATELY)
    found = (
        select(Touch.channel, Touch.state, func.count())
        .where(Touch.state.in_(trouble.STATES), lately)
        .group_by(Touch.channel, Touch.state)
        .order_by(Touch.channel, Touch.state)
    )
    for channel, state, count in session.execute(found):
        yield Finding(
            WARN,
            f"{CALLED[channel]} to customers: {plural(count, 'message')} {state} in 30 days",
            "their owners were told; csbot account show NAME --json has them under touches",
        )
