"""A request of the tracking API: whose key it is, which of its events fit, all of it stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError, StatementError
from sqlalchemy.orm import Session

from csbot.inbox import fields
from csbot.inbox.errors import Unreadable
from csbot.inbox.fingerprint import fingerprint
from csbot.inbox.service import Delivery, set_aside
from csbot.keys import opened_by
from csbot.settings import Settings
from csbot.usage.reading import Call, Envelope, mapping, read_call
from csbot.usage.service import keep, meaning_of, take

SOURCE = "usage"
EVENT_MAX = 32 * 1024  # bytes
EVENTS_MAX = 2_500


class TooMany(Exception):
    """More than EVENTS_MAX events in one batch."""


@dataclass(frozen=True)
class Misfit:
    """An event of a batch that was set aside; `index` counts from 0."""

    index: int
    why: Unreadable


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


def store(
    session: Session,
    request: Request,
    *,
    source: str,
    settings: Settings,
    now: datetime,
    singly: bool = False,
) -> list[Misfit]:
    """Take all that fits; of a batch the rest is set aside, alone it raises Unreadable.

    `singly` finds out which event it is that the database refuses: slow, for a second try.
    """
    envelope = _envelope(request, now)
    events = [request.body] if request.kind else _events(request.body)
    calls, misfits = _read(events, request, envelope, settings)
    if request.kind and misfits:
        raise misfits[0].why
    if singly:
        misfits += _singly(session, calls, source=source, settings=settings, now=now)
    else:
        take(session, list(calls.values()), source=source, settings=settings, now=now)
    for misfit in misfits:
        _set_aside(session, keep(events[misfit.index], envelope, source), source, misfit.why, now)
    return misfits


def _envelope(request: Request, now: datetime) -> Envelope:
    if request.kind:
        return Envelope(now)
    context = mapping(request.body.get("context"))
    return Envelope(now, fields.instant(request.body, "sentAt"), context)


def _events(body: Mapping[str, Any]) -> Sequence[Any]:
    events = body.get("batch")
    if not isinstance(events, list):
        raise Unreadable("batch", "must be a list of events")
    if len(events) > EVENTS_MAX:
        raise TooMany
    return events


def _read(
    events: Sequence[Any], request: Request, envelope: Envelope, settings: Settings
) -> tuple[dict[int, Call], list[Misfit]]:
    """By their place in the batch."""
    meaning, measured = meaning_of(settings.config.usage), request.size > EVENT_MAX
    calls: dict[int, Call] = {}
    misfits: list[Misfit] = []
    for index, event in enumerate(events):
        try:
            if measured and not request.kind:
                _weigh(event)
            calls[index] = read_call(event, envelope, meaning, request.kind)
        except Unreadable as why:
            misfits.append(Misfit(index, why))
    return calls, misfits


def _weigh(event: Any) -> None:
    said = json.dumps(event)
    if len(said) > EVENT_MAX:  # escapes make it longer than it came
        came = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        if len(came.encode("utf-8", "surrogatepass")) > EVENT_MAX:
            raise Unreadable("batch", f"an event has at most {EVENT_MAX // 1024} KB")


def _singly(
    session: Session, calls: Mapping[int, Call], *, source: str, settings: Settings, now: datetime
) -> list[Misfit]:
    """Each by itself, so that one that the database refuses takes no other with it."""
    refused: list[Misfit] = []
    for index, call in calls.items():
        try:
            with session.begin_nested():
                take(session, [call], source=source, settings=settings, now=now)
        except (OperationalError, InterfaceError):
            raise
        except StatementError:
            refused.append(Misfit(index, Unreadable("batch", "holds a value that cannot be kept")))
    return refused


def _set_aside(session: Session, event: Any, source: str, why: Unreadable, now: datetime) -> None:
    told = mapping(event)
    name = fields.text(told, "messageId", longest=100) or fingerprint(event)
    kind = fields.text(told, "type") or "unknown"
    set_aside(session, Delivery(SOURCE, f"{source}:{name}", kind, event), str(why), now=now)
