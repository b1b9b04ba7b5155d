"""HTTP in from customers and Twilio: the unsubscribe link, what became of SMS, and answers."""

from functools import partial
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from csbot import clock
from csbot.inbox.fields import storable
from csbot.overrides import in_force
from csbot.sms.receipts import receive
from csbot.sms.signature import genuine
from csbot.touches.unsubscribing import unsubscribe
from csbot.wiring import Wiring
from handlers.receive import KB, Rejected, bad, read, unauthorized, unavailable
from messages.unsubscribe import asking, done

FORM_MAX, FIELDS_MAX, TOKEN_MAX = 64 * KB, 200, 100
GUARDS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def routes(wiring: Wiring, limiter: CapacityLimiter) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    company = wiring.settings.config.company.name

    @router.api_route("/u/{token}", methods=["GET", "HEAD"])
    async def ask(token: str) -> Response:
        """Changes nothing and looks nothing up."""
        return HTMLResponse(asking(company), headers=GUARDS)

    @router.post("/u/{token}")
    async def end(token: str, request: Request) -> Response:
        """By the button, or by the mail program itself as RFC 8058 has it."""
        try:
            await read(request, most=FORM_MAX)
            await to_thread.run_sync(partial(_unsubscribe, wiring, token), limiter=limiter)
        except Rejected as refusal:
            return refusal.response()
        return HTMLResponse(done(company), headers=GUARDS)

    async def twilio(request: Request, token: str = "") -> Response:
        """A status of an SMS at its own address, or what somebody wrote to our number."""
        try:
            form = _genuine(wiring, request, await read(request, most=FORM_MAX))
            await to_thread.run_sync(partial(_receive, wiring, form, token), limiter=limiter)
        except Rejected as refusal:
            return refusal.response()
        return Response(NOTHING_TO_SAY, media_type="text/xml")

    router.post("/webhooks/twilio")(twilio)
    router.post("/webhooks/twilio/{token}")(twilio)
    return router


def _unsubscribe(wiring: Wiring, token: str) -> None:
    try:
        with wiring.sessions.begin() as session:
            unsubscribe(session, storable(token)[:TOKEN_MAX], now=clock.now())
    except (OperationalError, InterfaceError, PoolTimeout):
        raise unavailable() from None


def _receive(wiring: Wiring, form: dict[str, str], token: str) -> None:
    try:
        with wiring.sessions.begin() as session:
            now, settings = clock.now(), in_force(session, wiring.settings)
            receive(session, form, storable(token)[:TOKEN_MAX], settings=settings, now=now)
    except (OperationalError, InterfaceError, PoolTimeout):
        raise unavailable() from None


def _genuine(wiring: Wiring, request: Request, body: bytes) -> dict[str, str]:
    """The form, if Twilio signed it for this address; raises Rejected."""
    env = wiring.settings.env
    if not (env.twilio_auth_token and env.csbot_public_url):
        raise unauthorized("set TWILIO_AUTH_TOKEN and CSBOT_PUBLIC_URL: they check the signature")
    try:
        form = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise bad("body", "must be a form in UTF-8") from None
    asked = request.url.path.removeprefix("/") + (f"?{request.url.query}" * bool(request.url.query))
    told = request.headers.get("x-twilio-signature", "")
    if not genuine(env.twilio_auth_token, f"{env.csbot_public_url}{asked}", form, told):
        raise unauthorized(
            "the signature is wrong: see that CSBOT_PUBLIC_URL is the address that Twilio has"
        )
    return {name: storable(value) for name, value in form}
