"""Standard Webhooks: `{type, timestamp, data}` from anybody about anything.

Types that csbot has a concept for go to it; any other is an event in its account's timeline.
"""

from collections.abc import Callable, Set
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.hints import Hints, matched
from csbot.audit import AuditEntry
from csbot.calendars.senders import READERS as MEETINGS
from csbot.email import bounces
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, found, instant, need_text, text
from csbot.inbox.fingerprint import fingerprint
from csbot.settings import Settings
from csbot.surveys.senders import READERS as SURVEYS
from csbot.tasks import form
from csbot.tickets.senders import READERS as TICKETS
from csbot.usage import service as usage

Concept = Callable[..., None]
NAME_MAX, WORDS_MAX = 200, 300
# By the first word of the type; they read `data` as their own plain form has it.
CONCEPTS: dict[str, Concept] = {
    "survey": SURVEYS["surveys"].apply,
    "ticket": TICKETS["tickets"].apply,
    "meeting": MEETINGS["meetings"].apply,
    "task": form.apply,
    "email": bounces.apply,
}
USAGE = ("track", "identify", "group")


def identify(body: Body) -> tuple[str, str]:
    kind = need_text(body, "type", longest=100)
    return text(body, "id", longest=NAME_MAX) or fingerprint(body), kind


def apply(
    session: Session,
    body: Body,
    *,
    settings: Settings,
    now: datetime,
    at: datetime | None = None,
) -> None:
    kind, came = need_text(body, "type", longest=100), at or now
    concept, told = CONCEPTS.get(kind.partition(".")[0]), found(body, "timestamp")
    if kind in USAGE:
        kept = {"source": "generic", "received_at": came.isoformat()}
        lent, data = {"timestamp": told}, _data(body)
        event = lent | data | {"type": kind, usage.KEPT: kept}
        _hand(partial(usage.apply, session, event, settings=settings, now=now), lent.keys() - data)
    elif concept:
        lent, data = {"at": told, "updated_at": told}, _data(body)
        work = partial(concept, session, lent | data, settings=settings, now=now, at=at)
        _hand(work, lent.keys() - data)
    else:
        _happened(session, kind, body, came)


def _data(body: Body) -> dict[str, Any]:
    data = found(body, "data")
    if not isinstance(data, dict):
        raise Unreadable("data", "must be an object")
    return data


def _hand(work: Callable[[], None], lent: Set[str]) -> None:
    """`lent` are the fields that the event's own timestamp stands in for."""
    try:
        work()
    except Unreadable as why:
        field = "timestamp" if why.field in lent else f"data.{why.field}"
        raise Unreadable(field, why.mend) from None


def _happened(session: Session, kind: str, body: Body, now: datetime) -> None:
    """Raises UnknownAccount; the same event again changes nothing."""
    hints = _account(body)
    if not hints:
        raise Unreadable("data.account", "must be there: an id, a domain or an exact name")
    account_id = matched(session, hints)
    at = min(instant(body, "timestamp") or now, now)
    subject = f"event:{fingerprint(body)}"
    same = select(AuditEntry.id).where(
        AuditEntry.account_id == account_id, AuditEntry.at == at, AuditEntry.subject == subject
    )
    if session.scalar(same.limit(1)) is None:
        audit.record(
            session,
            verb="event.received",
            subject=subject,
            account=account_id,
            by=None,
            now=at,
            after={"type": kind, "what": _words(kind, body)},
        )


def _account(body: Body) -> Hints:
    """`data.account` is an id, a domain or an exact name, or an object of them."""
    plain = text(body, "data.account", longest=NAME_MAX)

    def told(name: str) -> str | None:
        return text(body, f"data.account.{name}", longest=NAME_MAX) or plain

    email = text(body, "data.email", longest=NAME_MAX)
    return Hints(
        ids=(told("id"),), emails=(email,), domains=(told("domain"),), names=(told("name"),)
    )


def _words(kind: str, body: Body) -> str:
    spelt = kind.replace(".", " ").replace("_", " ").strip().capitalize()
    title = text(body, "data.title", longest=WORDS_MAX) or spelt
    more = text(body, "data.text", longest=WORDS_MAX)
    return f"{title}: {more}"[:WORDS_MAX] if more else title
