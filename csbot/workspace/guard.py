"""Keeps other websites' pages, and other machines, away from what needs no token."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
WITH_OWN_SECRET = ("/api/", "/response/", "/files/", "/socket")


class OnlyLocal:
    """A foreign Host (DNS rebinding) or Origin is refused; writes have to be JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(WITH_OWN_SECRET):
            refusal = _refusal(scope["method"], Headers(scope=scope))
            if refusal:
                await PlainTextResponse(refusal, 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _refusal(method: str, headers: Headers) -> str:
    host = headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        return "This host name is not the local workspace's."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "Another site's page may not use the local workspace."
    if method == "POST" and "application/json" not in headers.get("content-type", ""):
        return "Only JSON is accepted."
    return ""
