"""Approved messages go out once their customer may be written to."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.outbox.queue import OutgoingTouch, enqueue_touches
from csbot.playbooks.model import PlaybookRun
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.roster import Roster
from csbot.touches import recipients, record, rules
from csbot.touches.keys import outbox_key
from csbot.touches.links import callback_url, unsubscribe_url
from csbot.touches.model import Touch
from csbot.touches.record import End
from csbot.touches.services import Step, services
from csbot.touches.zones import zone_of

MOST = 1_000  # people at a time: others wait for these to be let go
COUNTED = ("queued", "sent", "bounced", "uncertain")
TABLE: Any = Touch.__table__


@dataclass
class Decided:
    """What becomes of messages that are due; `later` has the moment at which to look again."""

    queued: list[Touch] = field(default_factory=list)
    later: list[tuple[Touch, datetime]] = field(default_factory=list)
    ended: list[End] = field(default_factory=list)


def release_due(session: Session, *, settings: Settings, now: datetime) -> int:
    """Hand over what may go out now, put off or end the rest; returns how many it settled.

    Whoever releases has the contacts locked: nobody else counts what they were sent meanwhile.
    """
    people = _people(session, now)
    touches = _due(session, people, now)
    if not touches:
        return 0
    roster = Roster(session)
    left = recipients.left(session, {touch.account_id for touch in touches}, touches)
    decided = _decide(
        touches, people, recent=_recent(session, people, now), left=left,
        free=services(session, [(one.run_id, one.step) for one in touches]), roster=roster,
        settings=settings, now=now,
    )  # fmt: skip
    _write(session, decided, now)
    enqueue_touches(session, [_outgoing(t, roster, settings) for t in decided.queued], now=now)
    record.ended(session, decided.ended, now=now)
    return len(decided.queued) + len(decided.ended)


def _people(session: Session, now: datetime) -> dict[int, Contact]:
    """Those whom something is due to, longest first, except whom another worker has in hand."""
    due = (
        select(Touch.contact_id)
        .where(*_ready(now))
        .group_by(Touch.contact_id)
        .order_by(func.min(Touch.send_at), Touch.contact_id)
        .limit(MOST)
    )
    ids = [id for id in session.scalars(due) if id]
    rows = (
        select(Contact)
        .where(among(session, Contact.id, ids))
        .order_by(Contact.id)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in session.scalars(rows)} if ids else {}


def _ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Approved and due; what a paused run wrote waits with it."""
    paused = exists().where(PlaybookRun.id == Touch.run_id, PlaybookRun.state == "paused")
    return Touch.state == "approved", Touch.send_at <= now, ~paused


def _due(session: Session, people: Collection[int], now: datetime) -> list[Touch]:
    """Theirs, and those whose person is gone; read after the lock, so nobody has them by now."""
    theirs = among(session, Touch.contact_id, people) | Touch.contact_id.is_(None)
    rows = (
        select(Touch)
        .where(theirs, *_ready(now))
        .order_by(Touch.send_at, Touch.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(rows))


def _recent(
    session: Session, people: Collection[int], now: datetime
) -> defaultdict[int, list[datetime]]:
    rows = session.execute(
        select(Touch.contact_id, Touch.queued_at, Touch.run_id, Touch.step).where(
            among(session, Touch.contact_id, people),
            Touch.queued_at > now - rules.WEEK,
            Touch.state.in_(COUNTED),
        )
    ).all()
    uncounted = services(session, [(row.run_id, row.step) for row in rows])
    found = defaultdict[int, list[datetime]](list)
    for contact_id, at, *step in rows:
        if contact_id and at and tuple(step) not in uncounted:
            found[contact_id].append(at)
    return found


def _decide(
    touches: Sequence[Touch], people: Mapping[int, Contact], *,
    recent: defaultdict[int, list[datetime]], left: Collection[int], free: Collection[Step],
    roster: Roster, settings: Settings, now: datetime,
) -> Decided:  # fmt: skip
    decided = Decided()
    for touch in touches:
        contact = people.get(touch.contact_id or 0)
        why = _unwanted(touch, contact, left)
        if contact is None or why:
            decided.ended.append(End(touch, "withdrawn", why or "its person is gone"))
            continue
        service = (touch.run_id, touch.step) in free
        at = rules.next_send(
            now, zone=zone_of(contact, _owner(touch, roster), settings),
            limits=settings.config.touches, recent=recent[contact.id],
            expires_at=touch.expires_at, service=service,
        )  # fmt: skip
        if at is None:
            decided.ended.append(End(touch, "expired", "there was no moment for it in time"))
        elif at > now:
            decided.later.append((touch, at))
        else:
            recent[contact.id] += [] if service else [now]
            decided.queued.append(touch)
    return decided


def _unwanted(touch: Touch, contact: Contact | None, left: Collection[int]) -> str | None:
    if contact and recipients.opted_out(contact, touch.channel):
        return "its person wants no more of these"
    return "the customer has left" if touch.id in left else None


def _owner(touch: Touch, roster: Mapping[int, TeamMember]) -> TeamMember | None:
    return roster.get(touch.owner_id) if touch.owner_id else None


def _write(session: Session, decided: Decided, now: datetime) -> None:
    groups: list[list[dict[str, Any]]] = [
        [{"row": one.id, "state": "queued", "queued_at": now} for one in decided.queued],
        [{"row": one.id, "send_at": at} for one, at in decided.later],
        [{"row": end.touch.id, "state": end.state, "why": end.why} for end in decided.ended],
    ]
    for rows in groups:
        if rows:
            values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row"}
            statement = update(TABLE).where(TABLE.c.id == bindparam("row")).values(values)
            session.connection().execute(statement, rows)


def _outgoing(touch: Touch, roster: Roster, settings: Settings) -> OutgoingTouch:
    made = _email if touch.channel == "email" else _sms
    payload = made(touch, _owner(touch, roster), settings)
    call: Literal["email", "sms"] = "email" if touch.channel == "email" else "sms"
    return OutgoingTouch(touch.id, call, payload, outbox_key(touch.id))


def _email(touch: Touch, owner: TeamMember | None, settings: Settings) -> dict[str, Any]:
    company = settings.config.company.name
    reachable = owner is not None and not owner.email.endswith(".invalid")
    return {
        "from_name": ", ".join(part for part in (owner.name if owner else "", company) if part),
        "reply_to": owner.email if owner and reachable else "",
        "to": touch.address,
        "subject": touch.words["subject"],
        "text": touch.words["text"],
        "html": touch.words["html"],
        "unsubscribe_url": unsubscribe_url(settings, touch.token) or "",
        "attachments": [touch.attachment] if touch.attachment else [],
    }


def _sms(touch: Touch, _: TeamMember | None, settings: Settings) -> dict[str, Any]:
    url = callback_url(settings, touch.token)
    return {"to": touch.address, "text": touch.words["text"], "callback_url": url or ""}
