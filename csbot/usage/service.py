"""Taking calls of the tracking API: each once, with its roll-ups, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from csbot.inbox import fields
from csbot.settings import Settings
from csbot.usage import companies, joining, milestones, people
from csbot.usage.counting import count
from csbot.usage.meaning import Meaning
from csbot.usage.reading import Call, Envelope, read_call, too_deep
from csbot.usage.settings import Usage
from csbot.usage.sql import Row, Tables
from csbot.usage.who import Placed, place

KEPT = "_csbot"  # what an event that was set aside came with
NOT_KEPT = "writeKey"  # some clients put it into each event; keys are kept nowhere but as a hash


def take(
    session: Session, calls: Sequence[Call], *, source: str, settings: Settings, now: datetime
) -> int:
    """How many of them were new; the others have been taken before and change nothing."""
    once: dict[str, Call] = {}
    for call in calls:
        once.setdefault(call.message_id, call)
    if not once:
        return 0
    tables = Tables(session)
    placed = place(tables, list(once.values()), now)
    ids = tables.add_events(_rows(tables, placed, source, now))
    new = [one for one in placed if one.call.message_id in ids]
    if new:
        count(session, tables, new, most=settings.config.usage.features_a_day)
        _learn(session, new, settings, now)
    return len(new)


def _rows(tables: Tables, placed: list[Placed], source: str, now: datetime) -> list[Row]:
    received = tables.stamp(now)
    return [
        (
            source, one.call.message_id, one.user.id, one.group_id, one.call.type, one.call.name,
            one.stamp, received, one.call.properties,
        )
        for one in sorted(placed, key=lambda one: one.call.message_id)
    ]  # fmt: skip


def _learn(session: Session, new: list[Placed], settings: Settings, now: datetime) -> None:
    """What the calls say beyond their number."""
    people.settle_in(session, new)
    if known := people.addressed(session, new):
        theirs = [one for one in new if one.user.id in known]
        ids = {one.group_id for one in theirs} | {one.user.group_id or 0 for one in theirs}
        joining.join(session, now=now, groups=ids, users=known)
    people.logged_in(session, new, settings=settings, now=now)
    told = [one for one in new if not one.call.counted]
    if told:
        people.unite(session, told)
        people.identify(session, told, now=now)
        people.move(session, told)
        companies.tell(session, told, settings=settings, now=now)
        ids = {one.group_id for one in told} | {one.user.group_id or 0 for one in told}
        joining.join(session, now=now, groups=ids, users={one.user.id for one in told})
    milestones.reach(session, new, now=now)


def apply(session: Session, body: Mapping[str, Any], *, settings: Settings, now: datetime) -> None:
    """One event that was set aside, as `keep` made it; raises Unreadable."""
    kept = fields.found(body, KEPT) or {}
    received = fields.instant(kept, "received_at") or now
    call = read_call(body, Envelope(received), meaning_of(settings.config.usage))
    source = fields.text(kept, "source") or "inbox"
    take(session, [call], source=source, settings=settings, now=now)


def keep(event: Any, envelope: Envelope, source: str) -> Any:
    """An event with all that `apply` must know of it."""
    event = encodable(event)
    if not isinstance(event, dict):
        return event
    shared = {"context": dict(envelope.context)} if envelope.context else {}
    sent = {"sentAt": envelope.sent_at.isoformat()} if envelope.sent_at else {}
    kept = {"source": source, "received_at": envelope.received_at.isoformat()}
    own = {key: value for key, value in event.items() if key != NOT_KEPT}
    return {**shared, **sent, **own, KEPT: kept}


def encodable(event: Any) -> Any:
    """Of what is nested endlessly only the plain parts: no encoder takes the rest."""
    if not isinstance(event, dict | list) or not too_deep([event]):
        return event
    told = event.items() if isinstance(event, dict) else ()
    return {key: value for key, value in told if not isinstance(value, dict | list)}


def meaning_of(settings: Usage) -> Meaning:
    return _meaning(settings.model_dump_json())


@lru_cache(8)
def _meaning(told: str) -> Meaning:
    return Meaning(Usage.model_validate_json(told))
