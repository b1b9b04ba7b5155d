"""Approved messages go out once their customer may be written to."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, case, exists, func, select, update
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.outbox.postman import missing
from csbot.outbox.to_customers import OutgoingTouch, enqueue_touches
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.store import in_force
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.roster import Roster
from csbot.touches import reach, recipients, record, rules
from csbot.touches.keys import outbox_key
from csbot.touches.links import callback_url, unsubscribe_url
from csbot.touches.model import Touch
from csbot.touches.record import End
from csbot.touches.services import Step, services
from csbot.touches.zones import zone_of

MOST = 1_000  # people at a time: others wait for these to be let go
COUNTED = ("queued", "sent", "bounced", "uncertain")
TABLE: Any = Touch.__table__
Ready = tuple[ColumnElement[bool], ...]


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
    calls = [call for call, lacking in missing(settings).items() if not lacking]
    ready = _ready(calls, [one.name for one in in_force(session) if not one.enabled], now)
    people = _people(session, ready)
    touches = _due(session, people, ready)
    if not touches:
        return 0
    roster = Roster(session)
    left = recipients.left(session, {touch.account_id for touch in touches}, touches)
    decided = _decide(
        touches, people, recent=_recent(session, people, now), left=left,
        free=services(session, [(one.run_id, one.step) for one in touches]),
        refused=reach.refused(session, people.values()), roster=roster, settings=settings, now=now,
    )  # fmt: skip
    _write(session, decided, now)
    enqueue_touches(session, [_outgoing(t, roster, settings) for t in decided.queued], now=now)
    record.ended(session, decided.ended, now=now)
    return len(decided.queued) + len(decided.ended)


def _people(session: Session, ready: Ready) -> dict[int, Contact]:
    """Those whom something is due to, longest first, except whom another worker has in hand.

    Somebody whom several accounts know is one person: locked as all of these contacts, or not.
    """
    due = (
        select(Touch.contact_id)
        .where(*ready)
        .group_by(Touch.contact_id)
        .order_by(func.min(Touch.send_at), Touch.contact_id)
        .limit(MOST)
    )
    ids = [id for id in session.scalars(due) if id]
    if not ids:
        return {}
    them = select(Contact.email).where(among(session, Contact.id, ids))
    rows = (
        select(Contact)
        .where(Contact.email.in_(them))
        .order_by(Contact.id)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    locked = {one.id: one for one in session.scalars(rows)}
    every = session.execute(select(Contact.id, Contact.email).where(Contact.email.in_(them)))
    in_hand = {email for id, email in every if id not in locked}
    return {id: one for id, one in locked.items() if one.email not in in_hand}


def _ready(calls: Collection[str], off: Collection[str], now: datetime) -> Ready:
    """Approved and due; what a run wrote that stands still waits with it, and what cannot be sent.

    The latter ends as expired here, where nobody would look at it otherwise. A run stands still
    while it is paused or its playbook is off: nobody looks then whether its exit criteria hold.
    """
    paused = exists().where(PlaybookRun.id == Touch.run_id, PlaybookRun.state == "paused")
    able = Touch.channel.in_(calls) | (Touch.expires_at <= now)
    on = Touch.playbook.not_in(off)
    return Touch.state == "approved", Touch.send_at <= now, able, ~paused, on


def _due(session: Session, people: Collection[int], ready: Ready) -> list[Touch]:
    """Theirs, and those whose person is gone; read after the lock, so nobody has them by now."""
    theirs = among(session, Touch.contact_id, people) | Touch.contact_id.is_(None)
    rows = (
        select(Touch)
        .where(theirs, *ready)
        .order_by(Touch.send_at, Touch.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(rows))


def _recent(
    session: Session, people: Mapping[int, Contact], now: datetime
) -> defaultdict[str, list[datetime]]:
    """When each was written to in the last week, by address; what is on its way is sent now."""
    went_out = func.coalesce(Touch.sent_at, Touch.queued_at)
    under_way = Touch.state == "queued"
    rows = session.execute(
        select(Contact.email, case((under_way, None), else_=went_out))
        .join(Contact, Contact.id == Touch.contact_id)
        .where(
            among(session, Touch.contact_id, people),
            Touch.state.in_(COUNTED),
            under_way | (went_out > now - rules.WEEK),
        )
    )
    found = defaultdict[str, list[datetime]](list)
    for email, at in rows:
        found[email].append(at or now)
    return found


def _decide(
    touches: Sequence[Touch], people: Mapping[int, Contact], *,
    recent: defaultdict[str, list[datetime]], left: Collection[int], free: Collection[Step],
    refused: Collection[tuple[str, str]], roster: Roster, settings: Settings, now: datetime,
) -> Decided:  # fmt: skip
    decided = Decided()
    for touch in touches:
        contact = people.get(touch.contact_id or 0)
        why = _unwanted(touch, contact, left, refused)
        if contact is None or why:
            decided.ended.append(End(touch, "withdrawn", why or "its person is gone"))
            continue
        service = (touch.run_id, touch.step) in free
        at = rules.next_send(
            now, zone=zone_of(contact, _owner(touch, roster), settings),
            limits=settings.config.touches, recent=recent[contact.email],
            expires_at=touch.expires_at, service=service,
        )  # fmt: skip
        if at is None:
            decided.ended.append(End(touch, "expired", "there was no moment for it in time"))
        elif at > now:
            decided.later.append((touch, at))
        else:
            recent[contact.email].append(now)
            decided.queued.append(touch)
    return decided


def _unwanted(
    touch: Touch, contact: Contact | None, left: Collection[int],
    refused: Collection[tuple[str, str]],
) -> str | None:  # fmt: skip
    if contact and (contact.email, touch.channel) in refused:
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
