"""A request of the tracking API: whose key it is, which of its events fit, all of it stored."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from typing import Any

import orjson
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from csbot.inbox import fields
from csbot.inbox.errors import Unreadable
from csbot.inbox.fingerprint import fingerprint
from csbot.inbox.service import Delivery, mended, set_aside
from csbot.keys.service import opened_by
from csbot.settings import Settings
from csbot.usage.reading import Call, Envelope, key_of, mapping, read_call, too_deep
from csbot.usage.service import encodable, keep, meaning_of, take

SOURCE = "usage"
EVENT_MAX = 32 * 1024  # bytes
EVENTS_MAX = 2_500
SOME = 25  # events that are weighed together


class TooMany(Exception):
    """More than EVENTS_MAX events in one batch."""


@dataclass(frozen=True)
class Misfit:
    """An event of a batch that was set aside; `index` counts from 0."""

    index: int
    why: Unreadable


@dataclass
class Read:
    """The events of a request: `calls`, by their place in it, are those that fit."""

    events: Sequence[Any]
    envelope: Envelope
    calls: dict[int, Call] = field(default_factory=dict)
    misfits: list[Misfit] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """`kind` is the type that the address names, None for a batch."""

    kind: str | None
    body: Mapping[str, Any]
    size: int


def source_of(session: Session, key: str | None, settings: Settings) -> str | None:
    """What a write key's events are told apart by; None for a key that is not good."""
    if not key:
        return None
    given = key.encode()
    matches = [compare_digest(given, known.encode()) for known in settings.env.csbot_write_keys]
    if any(matches):
        return "env"
    found = opened_by(session, key, source=SOURCE)
    return f"key:{found.id}" if found else None


def read(request: Request, *, settings: Settings, now: datetime) -> Read:
    """Which of its events fit; alone one that does not raises Unreadable, too many TooMany."""
    events = [request.body] if request.kind else _events(request.body)
    found, meaning = (
        Read(events, _envelope(request, events, now)),
        meaning_of(settings.config.usage),
    )
    heavy = _heavy(events) if request.size > EVENT_MAX and not request.kind else ()
    for index, event in enumerate(events):
        try:
            if index in heavy:
                raise Unreadable("batch", f"an event has at most {EVENT_MAX // 1024} KB")
            found.calls[index] = read_call(event, found.envelope, meaning, request.kind)
        except Unreadable as why:
            if request.kind:
                raise
            found.misfits.append(Misfit(index, why))
    return found


def store(
    session: Session,
    reads: Sequence[Read],
    *,
    source: str,
    settings: Settings,
    now: datetime,
    singly: bool = False,
) -> int:
    """Take all that fits of several requests of one key at once; the rest is set aside.

    How many of its events were new. `singly` finds out which event it is that the database
    refuses: slow, for a second try.
    """
    if singly:
        new = sum(_singly(session, one, source=source, settings=settings, now=now) for one in reads)
    else:
        calls = [call for one in reads for call in one.calls.values()]
        new = take(session, calls, source=source, settings=settings, now=now)
    mended(session, SOURCE, [f"{source}:{id}" for one in reads for id in _taken(one)])
    for one in reads:
        for misfit in one.misfits:
            _set_aside(session, one.events[misfit.index], one.envelope, source, misfit.why)
    return new


def _taken(one: Read) -> list[str]:
    refused = {misfit.index for misfit in one.misfits}
    return [call.message_id for index, call in one.calls.items() if index not in refused]


def _envelope(request: Request, events: Sequence[Any], now: datetime) -> Envelope:
    shallow = not too_deep([event for event in events if isinstance(event, dict)])
    if request.kind:
        return Envelope(now, shallow=shallow)
    group = key_of(mapping(request.body.get("context")).get("groupId"))
    shared = {"groupId": group} if group else None
    return Envelope(now, fields.instant(request.body, "sentAt"), shared, shallow)


def _events(body: Mapping[str, Any]) -> Sequence[Any]:
    events = body.get("batch")
    if not isinstance(events, list):
        raise Unreadable("batch", "must be a list of events")
    if len(events) > EVENTS_MAX:
        raise TooMany
    return events


def _heavy(events: Sequence[Any]) -> set[int]:
    """Which are too large: each by itself only where some together are."""
    found: set[int] = set()
    for start in range(0, len(events), SOME):
        some = events[start : start + SOME]
        if not _light(some):
            found |= {start + n for n, event in enumerate(some) if _size(event) > EVENT_MAX}
    return found


def _light(events: Sequence[Any]) -> bool:
    with suppress(TypeError):
        return len(orjson.dumps(events)) <= EVENT_MAX
    return False


def _size(event: Any) -> int:
    """As JSON without blanks."""
    try:
        return len(orjson.dumps(event))
    except TypeError:  # halves of surrogate pairs, numbers beyond 64 bits; or too deep, said later
        with suppress(RecursionError):
            return len(json.dumps(event))
    return 0


def _singly(session: Session, one: Read, *, source: str, settings: Settings, now: datetime) -> int:
    """Each by itself, so that one that the database refuses takes no other with it."""
    new = 0
    for index, call in one.calls.items():
        try:
            with session.begin_nested():
                new += take(session, [call], source=source, settings=settings, now=now)
        except StatementError as error:
            if isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError):
                raise
            why = Unreadable("batch", "holds a value that cannot be kept")
            one.misfits.append(Misfit(index, why))
    return new


def _set_aside(
    session: Session, event: Any, envelope: Envelope, source: str, why: Unreadable
) -> None:
    told = mapping(event)
    name = fields.text(told, "messageId", longest=100) or fingerprint(encodable(event))
    kind = fields.text(told, "type") or "unknown"
    delivery = Delivery(SOURCE, f"{source}:{name}", kind, keep(event, envelope, source))
    set_aside(session, delivery, str(why), now=envelope.received_at)
