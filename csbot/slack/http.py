"""HTTP without redirects: a token or an answer goes where it was meant to go, or nowhere."""

import json
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

from slack_sdk import WebClient


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """None leaves the 3xx as it is, which is an error."""


_opener = build_opener(_Stay)


class StrictWebClient(WebClient):
    """The SDK's own way follows redirects, and takes the token along to wherever they lead."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        status, headers, body = _open(req, self.timeout)
        return {"status": status, "headers": headers, "body": body}


def post_json(url: str, payload: dict[str, Any], *, timeout: float) -> tuple[int, str]:
    """Status and body; raises OSError, HTTPException or ValueError for all but a 2xx."""
    data, kind = json.dumps(payload).encode(), {"Content-Type": "application/json; charset=utf-8"}
    status, _, body = _open(Request(url, data, kind), timeout)  # noqa: S310  the caller's to check
    return status, body


def post_bytes(url: str, content: bytes, *, timeout: float) -> None:
    """A file to where Slack wants it; raises as `post_json` does."""
    kind = {"Content-Type": "application/octet-stream"}
    _open(Request(url, content, kind), timeout)  # noqa: S310  the caller's to check


def _open(request: Request, timeout: float) -> tuple[int, Any, str]:
    with _opener.open(request, timeout=timeout) as answer:
        charset = answer.headers.get_content_charset() or "utf-8"
        return answer.status, answer.headers, answer.read().decode(charset)
