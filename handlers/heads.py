"""Heads of requests: only so long and only for so long, since nobody is known yet who sends them.

uvicorn's parser itself keeps whatever comes, for as long as it comes.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

BESIDE_BODY_MAX = 256 * 1024  # bytes of a request that are not its body; a few more may arrive
HEAD_SECONDS = 20.0
TOO_LONG = "The head of the request is too long."


class Bounded(HttpToolsProtocol):
    """Trailers and the sizes of chunks count like the head."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._beside_body = 0
        self._due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._beside_body += len(data)
        super().data_received(data)
        if self._beside_body > BESIDE_BODY_MAX:
            self._refuse()

    def on_message_begin(self) -> None:
        self._expect()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._expect_no_more()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._beside_body = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        if self._due:
            self.send_400_response(TOO_LONG)
        else:  # an answer may be under way
            self.transport.abort()

    def _expect(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _expect_no_more(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None
