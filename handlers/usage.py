"""Product usage in: the HTTP tracking API of Segment, POST /v1/batch and one address a type."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Response
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from csbot import clock, sources
from csbot.inbox import fields
from csbot.inbox.errors import Unreadable
from csbot.metrics import deliveries
from csbot.usage.batch import (
    EVENT_MAX,
    EVENTS_MAX,
    SOURCE,
    Misfit,
    Request,
    TooMany,
    source_of,
    store,
)
from csbot.usage.reading import TYPES
from csbot.wiring import Wiring
from handlers.credentials import credentials
from handlers.pace import Pace
from handlers.receive import (
    Rejected,
    bad,
    parsed,
    read,
    too_large,
    too_many,
    unauthorized,
    unavailable,
    unpacked,
)
from handlers.usage_described import described

BODY_MAX = 500 * 1024
CONFLICTS = ("40P01", "40001")  # PostgreSQL: of two transactions at once, this one is to try again
HOW = (
    "send the write key as the user name of Basic authorization, with no password, or as writeKey"
    " in the body; make one with: csbot keys create usage"
)


@dataclass(frozen=True)
class Post:
    """One request; `kind` is the type that its address names."""

    kind: str | None
    headers: Mapping[str, str]
    body: bytes


def routes(wiring: Wiring, limiter: CapacityLimiter) -> APIRouter:
    router = APIRouter(tags=["Product usage"])
    pace = Pace(wiring.settings.config.usage.per_minute)

    async def receive(kind: str | None, request: HttpRequest) -> Response:
        try:
            body = await read(request, most=BODY_MAX)
            work = partial(_deliver, wiring, pace, Post(kind, request.headers, body))
            return JSONResponse(await to_thread.run_sync(work, limiter=limiter))
        except Rejected as refusal:
            deliveries.labels(SOURCE, refusal.error).inc()
            return refusal.response()

    def add(name: str, kind: str | None) -> None:
        async def endpoint(request: HttpRequest) -> Response:
            return await receive(kind, request)

        router.post(f"/v1/{name}", name=name, **described(name))(endpoint)

    add("batch", None)
    add("import", None)
    for kind in TYPES:
        add(kind, kind)
    return router


def _deliver(wiring: Wiring, pace: Pace, post: Post) -> dict[str, Any]:
    """Stored and committed when this returns; raises Rejected."""
    plain = unpacked(post.body, post.headers.get("content-encoding"), most=BODY_MAX)
    if post.kind and len(plain) > EVENT_MAX:
        raise too_large(EVENT_MAX)
    body = parsed(plain)
    if not isinstance(body, dict):
        raise bad("body", "must be a JSON object")
    key = credentials(post.headers.get("authorization")) or fields.text(body, "writeKey")
    try:
        misfits = _patiently(wiring, pace, key, Request(post.kind, body, len(plain)))
    except Unreadable as why:
        raise bad(why.field, why.mend) from None
    except TooMany:
        raise _too_many_events() from None
    deliveries.labels(SOURCE, "done").inc()
    return _said(misfits)


def _patiently(wiring: Wiring, pace: Pace, key: str | None, request: Request) -> list[Misfit]:
    """Once more where another process came between; singly where the database refuses a value."""
    for singly in (False, False, True):
        try:
            return _store(wiring, pace, key, request, singly)
        except (InterfaceError, PoolTimeout):
            break
        except StatementError as error:
            if isinstance(error, OperationalError) and not _conflict(error):
                break
    raise unavailable()


def _store(
    wiring: Wiring, pace: Pace, key: str | None, request: Request, singly: bool
) -> list[Misfit]:
    now, settings = clock.now(), wiring.settings
    with wiring.sessions.begin() as session:
        source = source_of(session, key, settings)
        if source is None:
            raise unauthorized(HOW)
        if wait := pace.wait(source):
            raise too_many(wait)
        misfits = store(session, request, source=source, settings=settings, now=now, singly=singly)
        sources.heard(session, SOURCE, now)
    return misfits


def _conflict(error: OperationalError) -> bool:
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
