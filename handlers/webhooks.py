"""HTTP in from billing, surveys, support and calendars: POST /webhooks/{source}."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
from csbot.inbox.service import SET_ASIDE, Delivery, Taken, set_aside, take
from csbot.keys.service import SOURCES as WITH_KEYS
from csbot.keys.service import opened_by
from csbot.metrics import deliveries
from csbot.outbox.crash import crash
from csbot.overrides import in_force
from csbot.webhooks.senders import (
    PATHS,
    Sender,
    event_of,
    secrets_of,
    senders,
    signed_id,
    takes_keys,
)
from csbot.webhooks.signatures import verified
from csbot.wiring import Wiring
from handlers.bracketed import decoded
from handlers.credentials import credentials
from handlers.pace import Pace
from handlers.receive import (
    MB,
    Rejected,
    parsed,
    read,
    too_many,
    unauthorized,
    unavailable,
    unpacked,
)
from handlers.refusals import MENDS
from handlers.webhooks_described import DESCRIBED, SenderName, Source

BODY_MAX = 1 * MB
PER_MINUTE = 3_000  # of each sender who signs, and of each key; a tenth of it at once
TOLD = {"done": "stored", "waiting": "waiting for its account", "set_aside": "set aside"}


@dataclass(frozen=True)
class Post:
    """One request: whom it is addressed to and what it brought; header names in any case."""

    path: str
    name: str | None
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Known:
    """Whose delivery it is, and whose pace it counts to."""

    sender: Sender
    who: str


def routes(wiring: Wiring, limiter: CapacityLimiter) -> APIRouter:
    router, pace = APIRouter(tags=["Webhooks"]), Pace(PER_MINUTE)

    async def receive(source: str, sender: str | None, request: Request) -> Response:
        try:
            body = await read(request, most=BODY_MAX)
            work = partial(_deliver, wiring, pace, Post(source, sender, request.headers, body))
            return _answer(source, await to_thread.run_sync(work, limiter=limiter))
        except Rejected as refusal:
            deliveries.labels(source if source in PATHS else "unknown", refusal.error).inc()
            return refusal.response()

    @router.post("/webhooks/{source}", summary="Whoever signs, or csbot's own form", **DESCRIBED)
    async def webhook(source: Source, request: Request) -> Response:
        """A delivery of a sender who signs, or one in the plain form of its source."""
        return await receive(source, None, request)

    @router.post("/webhooks/{source}/{sender}", summary="A sender by its name", **DESCRIBED)
    async def webhook_of(source: Source, sender: SenderName, request: Request) -> Response:
        """A delivery of a sender who cannot sign: wootric, freshdesk, or one of csbot.toml."""
        return await receive(source, sender, request)

    @router.head("/webhooks/{source}", include_in_schema=False)
    @router.head("/webhooks/{source}/{sender}", include_in_schema=False)
    async def there(source: str) -> Response:
        """Some senders ask for the head of an address before they use it."""
        return Response(status_code=HTTPStatus.OK if source in PATHS else HTTPStatus.NOT_FOUND)

    return router


def _answer(source: str, found: Taken) -> Response:
    deliveries.labels(source, "repeated" if found.repeated else found.state).inc()
    if found.why:
        status, why = HTTPStatus.UNPROCESSABLE_ENTITY, found.why
        return Rejected(status, "does not fit", field=why.field, mend=why.mend).response()
    return JSONResponse({"status": "already stored" if found.repeated else TOLD[found.state]})


def _deliver(wiring: Wiring, pace: Pace, post: Post) -> Taken:
    try:
        candidates = _candidates(wiring, post)
        signed = _signed(wiring, post, candidates)
        key = None if signed else _brought(post)  # who brings nothing does not reach the database
        with wiring.sessions.begin() as session:
            known = signed or _with_key(session, key, post, candidates)
            if wait := pace.wait(known.who):
                raise too_many(wait)
            found = _take(session, wiring, known.sender, post)
            limits = in_force(session, wiring.settings).config.silent_after
            sources.heard(session, known.sender.source, limits, clock.now())
            crash("inbox.before_commit")
        crash("inbox.after_commit")
    except (OperationalError, InterfaceError, PoolTimeout):
        raise unavailable() from None
    return found


def _candidates(wiring: Wiring, post: Post) -> list[Sender]:
    found = senders(wiring.settings, post.path)
    named = [sender for sender in found if post.name in (None, sender.name)]
    if not named:
        raise _not_found(found if _is_known(wiring, post, found) else [])
    return named


def _is_known(wiring: Wiring, post: Post, found: list[Sender]) -> bool:
    """Whether it could deliver at another name of this source."""
    try:
        if _signed(wiring, post, found):
            return True
        key = _brought(post)
    except Rejected:
        return False
    with wiring.sessions() as session:
        return opened_by(session, key, source=post.path) is not None


def _not_found(there: list[Sender]) -> Rejected:
    """Whose data comes in here is told to those who bring some, and to no stranger."""
    names = ", ".join(dict.fromkeys(sender.name for sender in there))
    mend = f"there are: {names}" if names else MENDS[HTTPStatus.NOT_FOUND]
    field = "sender" if names else ""
    return Rejected(HTTPStatus.NOT_FOUND, "not found", field=field, mend=mend)


def _signed(wiring: Wiring, post: Post, candidates: list[Sender]) -> Known | None:
    """The sender whose signature is right; None where there is none that could be checked."""
    checked = []
    for sender in candidates:
        secrets = secrets_of(wiring.settings, sender)
        if not (sender.scheme and secrets and sender.scheme.header.lower() in post.headers):
            continue
        if verified(
            sender.scheme,
            secrets=secrets,
            headers=post.headers,
            body=post.body,
            now=clock.now(),
        ):
            return Known(sender, sender.name)
        checked.append(sender.name)
    if checked:
        raise unauthorized(
            f"the signature is wrong or too old: see that the secret of {' or '.join(checked)} is"
            " the one in CSBOT_WEBHOOK_SECRETS (of Stripe: STRIPE_WEBHOOK_SECRET), and that the"
            " clocks are right"
        )
    return None


def _brought(post: Post) -> str:
    """Its key, whoever's it is."""
    if post.path not in WITH_KEYS:
        raise unauthorized("sign the body, and put the secret of it into STRIPE_WEBHOOK_SECRET")
    text = credentials(post.headers.get("authorization"))
    if text is None:
        raise _nobodys(post)
    return text


def _with_key(session: Session, text: str | None, post: Post, candidates: list[Sender]) -> Known:
    """Whoever cannot sign brings a key; the address says who it is, else the plain form."""
    key = opened_by(session, text, source=post.path) if text else None
    if key is None:
        raise _nobodys(post)
    name = post.name or post.path
    sender = next(one for one in candidates if one.name == name)
    if not takes_keys(sender):
        raise unauthorized(
            f"{name} brings more than one source, and a key is good for one: let it sign, and put"
            " its secret into CSBOT_WEBHOOK_SECRETS"
        )
    return Known(sender, f"key {key.id}")


def _nobodys(post: Post) -> Rejected:
    return unauthorized(
        "sign the body with a secret of CSBOT_WEBHOOK_SECRETS, or send a key of this source as"
        f" the user name of Basic authorization; csbot keys create {post.path} makes one"
    )


def _take(session: Session, wiring: Wiring, sender: Sender, post: Post) -> Taken:
    now = clock.now()
    plain = unpacked(post.body, post.headers.get("content-encoding"), most=BODY_MAX)
    body: Any = plain.decode("utf-8", "replace").replace("\0", "")
    try:
        body = _read(plain, post.headers.get("content-type", ""))
        event_id, kind = event_of(sender, body, post.headers)
    except (Rejected, Unreadable) as why:
        # It came from whom it says: a person can see what it was, and why it was refused.
        told = Unreadable(why.field, why.mend)
        name = signed_id(sender, post.headers) or fingerprint(body)
        delivery = Delivery(sender.name, name, "unreadable", body)
        set_aside(session, delivery, str(told), now=now)
        return Taken(SET_ASIDE, why=told)
    delivery = Delivery(sender.name, event_id, kind, body)

    def apply(at: datetime) -> None:
        settings = in_force(session, wiring.settings)
        sender.apply(session, body, settings=settings, now=now, at=at)

    return take(session, delivery, apply, now=now)


def _read(plain: bytes, content_type: str) -> dict[str, Any]:
    form = content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    if form and not plain.lstrip().startswith(b"{"):  # curl calls a form what it was not told of
        return decoded(plain)
    body = parsed(plain)
    if not isinstance(body, dict):
        raise Unreadable("body", "must be a JSON object")
    return body
