"""HTTP in from billing, surveys, support and calendars: POST /webhooks/{source}."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from csbot import clock, sources
from csbot.inbox.errors import Unreadable
from csbot.inbox.fingerprint import fingerprint
from csbot.inbox.service import Delivery, Taken, set_aside, take
from csbot.keys import SOURCES as WITH_KEYS
from csbot.keys import opened_by
from csbot.metrics import deliveries
from csbot.webhooks.senders import PATHS, Sender, event_of, secrets_of, senders
from csbot.webhooks.signatures import verified
from csbot.wiring import Wiring
from handlers.bracketed import decoded
from handlers.credentials import credentials
from handlers.pace import Pace
from handlers.receive import (
    Rejected,
    parsed,
    read,
    too_many,
    unauthorized,
    unavailable,
    unpacked,
)
from handlers.webhooks_described import DESCRIBED, SenderName, Source

BODY_MAX = 1_000_000
PER_MINUTE = 3_000  # for each sender; a tenth of it at once
TOLD = {"done": "stored", "waiting": "waiting for its account", "set_aside": "set aside"}


@dataclass(frozen=True)
class Post:
    """One request: whom it is addressed to and what it brought; header names in lower case."""

    path: str
    name: str | None
    headers: Mapping[str, str]
    body: bytes


def routes(wiring: Wiring, limiter: CapacityLimiter) -> APIRouter:
    router, pace = APIRouter(tags=["Webhooks"]), Pace(PER_MINUTE)

    async def receive(source: str, sender: str | None, request: Request) -> Response:
        try:
            body = await read(request, most=BODY_MAX)
            work = partial(_deliver, wiring, pace, Post(source, sender, request.headers, body))
            return JSONResponse(await to_thread.run_sync(work, limiter=limiter))
        except Rejected as refusal:
            deliveries.labels(source if source in PATHS else "unknown", refusal.error).inc()
            return refusal.response()

    @router.post("/webhooks/{source}", **DESCRIBED)
    async def webhook(source: Source, request: Request) -> Response:
        """A delivery of a sender who signs, or one in the plain form of its source."""
        return await receive(source, None, request)

    @router.post("/webhooks/{source}/{sender}", **DESCRIBED)
    async def webhook_of(source: Source, sender: SenderName, request: Request) -> Response:
        """A delivery of a sender who cannot sign: wootric, freshdesk, or one of csbot.toml."""
        return await receive(source, sender, request)

    @router.head("/webhooks/{source}", include_in_schema=False)
    @router.head("/webhooks/{source}/{sender}", include_in_schema=False)
    async def there(source: str) -> Response:
        """Some senders ask for the head of an address before they use it."""
        return Response(status_code=HTTPStatus.OK if source in PATHS else HTTPStatus.NOT_FOUND)

    return router


def _deliver(wiring: Wiring, pace: Pace, post: Post) -> dict[str, Any]:
    now = clock.now()
    candidates = _candidates(wiring, post)
    try:
        with wiring.sessions.begin() as session:
            sender = _signed(wiring, post, candidates) or _with_key(session, post, candidates)
            if wait := pace.wait(sender.name):
                raise too_many(wait)
            found = _take(session, wiring, sender, post)
            sources.heard(session, sender.source, now)
    except (OperationalError, InterfaceError, PoolTimeout):
        raise unavailable() from None
    outcome = "repeated" if found.repeated else found.state
    deliveries.labels(post.path, outcome).inc()
    if found.why:
        raise _unfit(found.why)
    return {"status": "already stored" if found.repeated else TOLD[found.state]}


def _candidates(wiring: Wiring, post: Post) -> list[Sender]:
    found = senders(wiring.settings, post.path)
    named = [sender for sender in found if post.name in (None, sender.name)]
    if not named:
        there = ", ".join(sender.name for sender in found) or ", ".join(PATHS)
        raise Rejected(
            HTTPStatus.NOT_FOUND,
            "not found",
            field="sender" if found else "source",
            mend=f"there are: {there}",
        )
    return named


def _signed(wiring: Wiring, post: Post, candidates: list[Sender]) -> Sender | None:
    """The sender whose signature is right; None when there is no signature at all."""
    signing = [s for s in candidates if s.scheme and s.scheme.header.lower() in post.headers]
    for sender in signing:
        assert sender.scheme is not None  # noqa: S101  they were chosen by it
        if verified(
            sender.scheme,
            secrets=secrets_of(wiring.settings, sender),
            headers=post.headers,
            body=post.body,
            now=clock.now(),
        ):
            return sender
    if signing:
        names = " or ".join(sender.name for sender in signing)
        raise unauthorized(
            f"the signature is wrong or too old: see that the secret of {names} is the one in"
            " CSBOT_WEBHOOK_SECRETS (of Stripe: STRIPE_WEBHOOK_SECRET), and the clock is right"
        )
    return None


def _with_key(session: Session, post: Post, candidates: list[Sender]) -> Sender:
    """Whoever cannot sign brings a key; the address says who it is, else the plain form."""
    text = credentials(post.headers.get("authorization"))
    if post.path in WITH_KEYS and text and opened_by(session, text, source=post.path):
        if post.name:
            return candidates[0]
        return next(sender for sender in candidates if sender.name == post.path)
    if post.path not in WITH_KEYS:
        raise unauthorized("sign the body with the secret of this endpoint")
    raise unauthorized(
        "sign the body, or send a key of this source as the user name of Basic"
        f" authorization; make one with: csbot keys create {post.path}"
    )


def _take(session: Session, wiring: Wiring, sender: Sender, post: Post) -> Taken:
    now = clock.now()
    try:
        plain = unpacked(post.body, post.headers.get("content-encoding"), most=BODY_MAX)
        body = _read(plain, post.headers.get("content-type", ""))
        event_id, kind = event_of(sender, body, post.headers)
    except (Rejected, Unreadable) as why:
        told = why if isinstance(why, Unreadable) else Unreadable(why.field, why.mend)
        _keep(session, sender, post, told)
        return Taken("set_aside", why=told)
    delivery = Delivery(sender.name, event_id, kind, body)
    work = partial(sender.apply, session, body, settings=wiring.settings, now=now)
    return take(session, delivery, work, now=now)


def _read(plain: bytes, content_type: str) -> dict[str, Any]:
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return decoded(plain)
    body = parsed(plain)
    if not isinstance(body, dict):
        raise Unreadable("body", "must be a JSON object")
    return body


def _keep(session: Session, sender: Sender, post: Post, why: Unreadable) -> None:
    """It came from whom it says: a person can see what it was, and why it was refused."""
    text = post.body.decode("utf-8", "replace").replace("\0", "")
    delivery = Delivery(sender.name, fingerprint(text), "unreadable", text)
    set_aside(session, delivery, str(why), now=clock.now())


def _unfit(why: Unreadable) -> Rejected:
    return Rejected(HTTPStatus.UNPROCESSABLE_ENTITY, "does not fit", field=why.field, mend=why.mend)
