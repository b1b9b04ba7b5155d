"""Slack over HTTP: bounded, signed and of a known shape before anything else is done with it."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Executor
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from slack_bolt import App, BoltRequest, BoltResponse
from starlette.types import Receive, Scope, Send

from csbot import clock
from csbot.slack.signature import is_genuine
from handlers.shape import read

log = logging.getLogger(__name__)
BODY_MAX = 2 * 1024 * 1024
BODY_SECONDS = 5.0  # Slack itself waits three for the answer


class SlackOverHttp:
    """An ASGI application of its own: a framework's routing takes as long as Bolt's whole work."""

    def __init__(self, bolt: App, secret: str, threads: Executor) -> None:
        self._bolt, self._secret, self._threads = bolt, secret, threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(status_code=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})
        body = await _body(request)
        if isinstance(body, HTTPStatus):
            return Response(status_code=body)
        if not self._genuine(request, body):
            log.warning("a request with a wrong signature was refused")
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        payload = read(body, request.headers.get("content-type", ""))
        if payload is None:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._dispatch, payload, headers)

    def _genuine(self, request: Request, body: bytes) -> bool:
        return is_genuine(
            secret=self._secret,
            body=body,
            timestamp=request.headers.get("x-slack-request-timestamp"),
            signature=request.headers.get("x-slack-signature"),
            now=clock.now(),
        )

    def _dispatch(
        self, payload: dict[str, Any], headers: dict[str, str | Sequence[str]]
    ) -> Response:
        # Over HTTP Bolt would read the body once more, and might read it otherwise than we did.
        answer = self._bolt.dispatch(BoltRequest(body=payload, headers=headers, mode="socket_mode"))
        return _response(answer)


async def _body(request: Request) -> bytes | HTTPStatus:
    """Nobody is known yet: neither their megabytes nor their patience are waited for."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_MAX:
                    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    except TimeoutError:
        return HTTPStatus.REQUEST_TIMEOUT
    return bytes(body)


def _response(answer: BoltResponse) -> Response:
    headers = {k: v for k, v in answer.first_headers().items() if k.lower() != "content-length"}
    return Response(answer.body, answer.status, headers)
