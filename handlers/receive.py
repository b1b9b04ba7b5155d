"""What every address for other systems has in common: read, refuse, answer as JSON."""

import json
import zlib
from http import HTTPStatus
from typing import Any

from anyio import move_on_after
from fastapi import Request
from fastapi.responses import JSONResponse

from csbot.inbox.fields import storable

READ_SECONDS = 10.0
SAID_MAX = 500  # the name of a field may be the sender's own
KB, MB = 1024, 1024 * 1024
DEPTH = 60  # deeper JSON is nobody's payload, and recursion has an end


class Rejected(Exception):
    """An answer other than 200: `field` is what does not fit, `mend` what to do about it."""

    def __init__(
        self, status: HTTPStatus, error: str, *, field: str, mend: str, retry_after: int = 0
    ) -> None:
        super().__init__(error)
        self.status, self.error = status, error
        self.field, self.mend = storable(field)[:SAID_MAX], storable(mend)[:SAID_MAX]
        self.retry_after = retry_after

    def response(self) -> JSONResponse:
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Basic realm="csbot"'
        body = {"error": self.error, "field": self.field, "mend": self.mend}
        return JSONResponse(body, self.status, headers)


async def read(request: Request, *, most: int) -> bytes:
    """The body as it was sent, at most `most` bytes; raises Rejected."""
    body = bytearray()
    with move_on_after(READ_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise too_large(most)
        return bytes(body)
    raise Rejected(
        HTTPStatus.REQUEST_TIMEOUT,
        "timeout",
        field="body",
        mend=f"send the whole body within {READ_SECONDS:.0f} seconds",
    )


def unpacked(body: bytes, encoding: str | None, *, most: int) -> bytes:
    """Without its gzip; a small body that grows beyond `most` bytes is refused half-way."""
    if (encoding or "identity").strip().lower() in ("", "identity"):
        return body
    if (encoding or "").strip().lower() != "gzip":
        raise Rejected(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unknown encoding",
            field="Content-Encoding",
            mend="send it plain, or as gzip",
        )
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, most + 1)
    except zlib.error:
        raise bad(
            "Content-Encoding", "the body is no gzip: compress it, or drop the header"
        ) from None
    if len(plain) > most or stream.unconsumed_tail:
        raise too_large(most)
    if not stream.eof or stream.unused_data:
        raise bad("body", "the gzip must be one whole stream, and nothing behind it")
    return plain


def parsed(body: bytes) -> Any:
    """The JSON in it; numbers that are none (NaN) and endless nesting are refused."""
    value = loaded(body)
    if _too_deep(value):
        raise bad("body", f"must not be nested deeper than {DEPTH}")
    return value


def loaded(body: bytes) -> Any:
    """The same, nested as deeply as can be read: whoever asks looks at the parts of it."""
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise bad("body", "must be JSON in UTF-8") from None


def bad(field: str, mend: str) -> Rejected:
    return Rejected(HTTPStatus.BAD_REQUEST, "bad request", field=field, mend=mend)


def too_large(most: int) -> Rejected:
    return Rejected(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too large",
        field="body",
        mend=f"send at most {size_in_words(most)} at a time",
    )


def size_in_words(size: int) -> str:
    """As the documents have it: a KB is 1,024 bytes."""
    return f"{size // MB} MB" if size % MB == 0 else f"{size // KB} KB"


def too_many(seconds: int) -> Rejected:
    return Rejected(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too many requests",
        field="",
        mend=f"nothing was stored: send it again in {seconds} s, and more at a time",
        retry_after=seconds,
    )


def unauthorized(mend: str) -> Rejected:
    return Rejected(HTTPStatus.UNAUTHORIZED, "unauthorized", field="Authorization", mend=mend)


def unavailable() -> Rejected:
    return Rejected(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        field="",
        mend="nothing was stored: send it again in a moment",
        retry_after=5,
    )


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH):
        inner = [
            v.values() if isinstance(v, dict) else v for v in level if isinstance(v, dict | list)
        ]
        level = [item for several in inner for item in several]
        if not level:
            return False
    return True
