"""Keeps other websites' pages, and other machines, away from the local workspace."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
WITH_OWN_SECRET = ("/api/", "/response/", "/files/", "/socket")
# In no other page's frame, and nothing is what its type does not say.
HEADERS = [
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
]


class OnlyLocal:
    """A foreign Host (DNS rebinding) or Origin is refused; writes without a token must be JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _foreign(headers) or _unsafe_write(scope, headers)
        if not refusal:
            await self._app(scope, receive, _guarded(send))
        elif scope["type"] == "http":
            await PlainTextResponse(refusal, 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})


def _guarded(send: Send) -> Send:
    async def with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return with_headers


def _foreign(headers: Headers) -> str:
    host = headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        return "This host name is not the local workspace's."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "Another site's page may not use the local workspace."
    return ""


def _unsafe_write(scope: Scope, headers: Headers) -> str:
    """A page can send a form anywhere without asking first, but no JSON."""
    if scope.get("method") != "POST" or scope["path"].startswith(WITH_OWN_SECRET):
        return ""
    return "" if "application/json" in headers.get("content-type", "") else "Only JSON is accepted."
