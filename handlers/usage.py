"""Product usage in: the HTTP tracking API of Segment, POST /v1/batch and one address a type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

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
from csbot.metrics import deliveries
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
    pace, regulars = Pace(wiring.settings.config.usage.per_minute), set[str | None]()
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
class Post:
    """One request; `kind` is the type that its address names."""

    kind: str | None
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Letter:
    """A request as far as it is opened for somebody whose key is not looked up yet."""

    key: str | None
    request: Request


@dataclass
class Parcel:
    """A request that can be read; `refused` where it is not to be stored."""

    key: str | None
    read: Read
    refused: Rejected | None = None

    @property
    def answer(self) -> Answer:
        return self.refused or _said(self.read.misfits)


def deliver(
    wiring: Wiring, pace: Pace, regulars: set[str | None], posts: Sequence[Post]
) -> list[Answer]:
    """What each is answered; what is said to be stored is committed.

    `regulars` are keys that were good before: only what they bring is read before a look at the
    database. Whether they still are good is looked up when it is stored.
    """
    now = clock.now()
    letters = _turned_away(wiring, regulars, [_opened(post) for post in posts])
    parcels = [_read(wiring, letter, now) for letter in letters]
    good = [parcel for parcel in parcels if isinstance(parcel, Parcel)]
    try:
        _store(wiring, pace, good, now)
    except TROUBLE:  # whosever fault it is: the others have nothing to do with it
        for parcel in good:
            _patiently(wiring, pace, parcel, now)
    return [parcel.answer if isinstance(parcel, Parcel) else parcel for parcel in parcels]


def _opened(post: Post) -> Letter | Rejected:
    try:
        plain = unpacked(post.body, post.headers.get("content-encoding"), most=BODY_MAX)
        if post.kind and len(plain) > EVENT_MAX:
            raise too_large(EVENT_MAX)
        body = _json(plain)
        if not isinstance(body, dict):
            raise bad("body", "must be a JSON object")
    except Rejected as refusal:
        return refusal
    key = credentials(post.headers.get("authorization")) or fields.text(body, "writeKey")
    return Letter(key, Request(post.kind, body, len(plain)))


def _turned_away(
    wiring: Wiring, regulars: set[str | None], letters: list[Letter | Rejected]
) -> list[Letter | Rejected]:
    """Reading 2,500 events takes long: whoever has no key shall not take that time from others."""
    unknown = {letter.key for letter in letters if isinstance(letter, Letter)} - regulars
    if not unknown:
        return letters
    try:
        with wiring.sessions() as session:
            good = {key for key in unknown if source_of(session, key, wiring.settings)}
    except TROUBLE:  # storing will say so
        return letters
    regulars |= good
    return [
        unauthorized(HOW) if isinstance(letter, Letter) and letter.key in unknown - good else letter
        for letter in letters
    ]


def _read(wiring: Wiring, letter: Letter | Rejected, now: datetime) -> Parcel | Rejected:
    if isinstance(letter, Rejected):
        return letter
    try:
        return Parcel(letter.key, read(letter.request, settings=wiring.settings, now=now))
    except Unreadable as why:
        return bad(why.field, why.mend)
    except TooMany:
        return _too_many_events()


def _json(plain: bytes) -> Any:
    try:
        return orjson.loads(plain)
    except ValueError:  # the slower one takes halves of surrogate pairs too
        return loaded(plain)


def _patiently(wiring: Wiring, pace: Pace, parcel: Parcel, now: datetime) -> None:
    """Once more where another process came between; singly where the database refuses a value."""
    for singly in (False, True):
        try:
            return _store(wiring, pace, [parcel], now, singly)
        except TROUBLE as error:
            if not _passes(error):
                break
    parcel.refused = unavailable()


def _store(
    wiring: Wiring, pace: Pace, parcels: list[Parcel], now: datetime, singly: bool = False
) -> None:
    if not parcels:
        return
    with wiring.sessions.begin() as session:
        for source, admitted in _admitted(session, wiring, pace, parcels).items():
            reads = [parcel.read for parcel in admitted]
            store(session, reads, source=source, settings=wiring.settings, now=now, singly=singly)
            sources.heard(session, SOURCE, now)
    deliveries.labels(SOURCE, "done").inc(sum(parcel.refused is None for parcel in parcels))


def _admitted(
    session: Session, wiring: Wiring, pace: Pace, parcels: list[Parcel]
) -> dict[str, list[Parcel]]:
    """By whose key they came with; who has none, or is too fast, is refused."""
    keys = {parcel.key for parcel in parcels}
    known = {key: source_of(session, key, wiring.settings) for key in keys}
    admitted: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        source = known[parcel.key]
        if source is None:
            parcel.refused = unauthorized(HOW)
        elif wait := pace.wait(source):
            parcel.refused = too_many(wait)
        else:
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
