"""Product usage in: the HTTP tracking API of Segment, POST /v1/batch and one address a type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Self

import orjson
from anyio import CapacityLimiter
from fastapi import APIRouter, Response
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from csbot import clock, sources
from csbot.inbox import fields
from csbot.inbox.errors import Unreadable
from csbot.metrics import deliveries, usage_events
from csbot.overrides import in_force
from csbot.usage.batch import (
    EVENT_MAX,
    EVENTS_MAX,
    SOURCE,
    Misfit,
    Read,
    Request,
    TooMany,
    read,
    source_of,
    store,
)
from csbot.usage.reading import TYPES
from csbot.usage.settings import Usage
from csbot.wiring import Wiring
from handlers.credentials import credentials
from handlers.door import Door
from handlers.pace import Pace
from handlers.receive import (
    Rejected,
    bad,
    loaded,
    too_large,
    too_many,
    unauthorized,
    unavailable,
    unpacked,
)
from handlers.receive import read as read_body
from handlers.usage_described import described

BODY_MAX = 500 * 1024
TROUBLE = (StatementError, PoolTimeout)
Answer = dict[str, Any] | Rejected
CONFLICTS = ("40P01", "40001")  # PostgreSQL: of two transactions at once, this one is to try again
HOW = (
    "send the write key as the user name of Basic authorization, with no password, or as writeKey"
    " in the body; make one with: csbot keys create usage"
)


def routes(wiring: Wiring, limiter: CapacityLimiter) -> APIRouter:
    router = APIRouter(tags=["Product usage"])
    pace, regulars = Paces.of(wiring.settings.config.usage), set[str]()
    door = Door(partial(deliver, wiring, pace, regulars), limiter)

    def add(name: str, kind: str | None) -> None:
        async def endpoint(request: HttpRequest) -> Response:
            try:
                body = await read_body(request, most=BODY_MAX)
                return JSONResponse(await door.enter(Post(kind, request.headers, body)))
            except Rejected as refusal:
                deliveries.labels(SOURCE, refusal.error).inc()
                return refusal.response()

        router.post(f"/v1/{name}", name=name, **described(name))(endpoint)

    add("batch", None)
    add("import", None)
    for kind in TYPES:
        add(kind, kind)
    return router


@dataclass(frozen=True)
class Paces:
    """How fast a key may send requests, and events in them."""

    requests: Pace
    events: Pace

    @classmethod
    def of(cls, settings: Usage) -> Self:
        return cls(Pace(settings.per_minute), Pace(settings.events_per_minute))

    def wait(self, key: str, events: int) -> int:
        """Seconds to wait before a request of so many events; 0 takes it now."""
        return self.requests.wait(key) or self.events.wait(key, events)


@dataclass(frozen=True)
class Post:
    """One request; `kind` is the type that its address names."""

    kind: str | None
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Letter:
    """A request as far as it is opened for somebody whose key is not looked up yet."""

    key: str | None
    request: Request | Rejected


@dataclass
class Parcel:
    """A request that can be read; `refused` where it is not to be stored."""

    key: str | None
    read: Read
    refused: Rejected | None = None
    counted: bool = False  # by its pace, which another try at storing costs nothing

    @property
    def answer(self) -> Answer:
        return self.refused or _said(self.read.misfits)


def deliver(wiring: Wiring, pace: Paces, regulars: set[str], posts: Sequence[Post]) -> list[Answer]:
    """What each is answered; what is said to be stored is committed.

    `regulars` are keys that were good before: only what they bring is read before a look at the
    database. Whether they still are good is looked up when it is stored.
    """
    now = clock.now()
    letters = [_opened(post) for post in posts]
    strange = _strange(wiring, regulars, letters)
    parcels = [
        unauthorized(HOW) if letter.key in strange else _read(wiring, letter, now)
        for letter in letters
    ]
    good = [parcel for parcel in parcels if isinstance(parcel, Parcel)]
    try:
        _store(wiring, pace, good, now)
    except TROUBLE:  # whosever fault it is: the others have nothing to do with it
        for parcel in good:
            if parcel.refused is None:
                _patiently(wiring, pace, parcel, now)
    return [parcel.answer if isinstance(parcel, Parcel) else parcel for parcel in parcels]


def _opened(post: Post) -> Letter:
    key = credentials(post.headers.get("authorization"))
    try:
        request = _request(post)
    except Rejected as refusal:
        return Letter(key, refusal)
    return Letter(key or fields.text(request.body, "writeKey") or "", request)


def _request(post: Post) -> Request:
    plain = unpacked(post.body, post.headers.get("content-encoding"), most=BODY_MAX)
    if post.kind and len(plain) > EVENT_MAX:
        raise too_large(EVENT_MAX)
    body = _json(plain)
    if not isinstance(body, dict):
        raise bad("body", "must be a JSON object")
    return Request(post.kind, body, len(plain))


def _strange(wiring: Wiring, regulars: set[str], letters: list[Letter]) -> set[str]:
    """Keys that open nothing, "" for none where one could be read.

    Who brings one is not told what is wrong with the rest; and reading 2,500 events takes long:
    they shall not take that time from others.
    """
    unknown = {letter.key for letter in letters if letter.key is not None} - regulars
    if not unknown:
        return set()
    try:
        with wiring.sessions() as session:
            good = {key for key in unknown if source_of(session, key, wiring.settings)}
    except TROUBLE:  # storing will say so
        return set()
    regulars |= good
    return unknown - good


def _read(wiring: Wiring, letter: Letter, now: datetime) -> Parcel | Rejected:
    request = letter.request
    if isinstance(request, Rejected):
        return request
    try:
        return Parcel(letter.key, read(request, settings=wiring.settings, now=now))
    except Unreadable as why:
        usage_events.labels("rejected").inc(request.kind is not None)
        return bad(why.field, why.mend)
    except TooMany:
        return _too_many_events()


def _json(plain: bytes) -> Any:
    try:
        return orjson.loads(plain)
    except ValueError:  # the slower one takes halves of surrogate pairs too
        return loaded(plain)


def _patiently(wiring: Wiring, pace: Paces, parcel: Parcel, now: datetime) -> None:
    """Once more where another process came between; singly where the database refuses a value."""
    for singly in (False, True):
        try:
            return _store(wiring, pace, [parcel], now, singly)
        except TROUBLE as error:
            if not _passes(error):
                break
    parcel.refused = unavailable()


def _store(
    wiring: Wiring, pace: Paces, parcels: list[Parcel], now: datetime, singly: bool = False
) -> None:
    if not parcels:
        return
    new = 0
    with wiring.sessions.begin() as session:
        settings = in_force(session, wiring.settings)
        for source, admitted in _admitted(session, wiring, pace, parcels).items():
            reads = [parcel.read for parcel in admitted]
            new += store(session, reads, source=source, settings=settings, now=now, singly=singly)
            sources.heard(session, SOURCE, settings.config.silent_after, now)
    _count([parcel.read for parcel in parcels if parcel.refused is None], new)


def _count(stored: list[Read], new: int) -> None:
    rejected = sum(len(one.misfits) for one in stored)
    deliveries.labels(SOURCE, "done").inc(len(stored))
    usage_events.labels("taken").inc(new)
    usage_events.labels("rejected").inc(rejected)
    usage_events.labels("repeated").inc(sum(len(one.events) for one in stored) - rejected - new)


def _admitted(
    session: Session, wiring: Wiring, pace: Paces, parcels: list[Parcel]
) -> dict[str, list[Parcel]]:
    """By whose key they came with; who has none, or is too fast, is refused."""
    keys = {parcel.key for parcel in parcels}
    known = {key: source_of(session, key, wiring.settings) for key in keys}
    admitted: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        source = known[parcel.key]
        if source is None:
            parcel.refused = unauthorized(HOW)
        elif not parcel.counted and (wait := pace.wait(source, len(parcel.read.events))):
            parcel.refused = too_many(wait)
        else:
            parcel.counted = True
            admitted.setdefault(source, []).append(parcel)
    return admitted


def _passes(error: Exception) -> bool:
    """Whether another try may do better: it was about a value, or about who came first."""
    if isinstance(error, DataError | IntegrityError) or not isinstance(error, DBAPIError):
        return isinstance(error, StatementError)
    return getattr(error.orig, "sqlstate", None) in CONFLICTS


def _too_many_events() -> Rejected:
    refusal = too_large(BODY_MAX)
    refusal.field, refusal.mend = "batch", f"send at most {EVENTS_MAX:,} events at a time"
    return refusal


def _said(misfits: list[Misfit]) -> dict[str, Any]:
    """What Segment's clients expect, and which events were set aside."""
    if not misfits:
        return {"success": True}
    rejected = [
        {"index": one.index, "field": one.why.field, "mend": one.why.mend} for one in misfits
    ]
    return {"success": True, "rejected": rejected}
