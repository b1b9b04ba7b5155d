"""HTTP in: Slack's requests at /slack/events, health and metrics."""

import logging
from collections.abc import Sequence
from http import HTTPStatus

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from slack_bolt import App, BoltRequest, BoltResponse
from sqlalchemy.exc import SQLAlchemyError

from csbot import clock
from csbot.db.upgrade import pending
from csbot.metrics import exposition
from csbot.slack.signature import is_genuine
from csbot.wiring import Wiring
from handlers import docs, usage, webhooks
from handlers.app import build
from handlers.refusals import answer_in_json
from handlers.shape import is_slacks

log = logging.getLogger(__name__)
BODY_MAX = 2 * 1024 * 1024
BODY_SECONDS = 5.0  # Slack itself waits three for the answer
THREADS = 6


def create(wiring: Wiring) -> FastAPI:
    """The web application; synchronous work runs on a few threads, never in the event loop."""
    bolt = build(wiring)
    limiter = CapacityLimiter(THREADS)
    app = FastAPI(
        title="csbot: connect your data",
        version="1",
        description=docs.HOW,
        servers=[{"url": "/", "description": "This csbot"}],
        docs_url=None,
        redoc_url=None,
    )
    answer_in_json(app)

    @app.post("/slack/events", include_in_schema=False)
    async def slack(request: Request) -> Response:
        body = await _body(request)
        if isinstance(body, HTTPStatus):
            return Response(status_code=body)
        if not _genuine(wiring, request, body):
            log.warning("a request with a wrong signature was refused")
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        if not is_slacks(body, request.headers.get("content-type", "")):
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        return _response(await to_thread.run_sync(_dispatch, bolt, request, body, limiter=limiter))

    app.include_router(usage.routes(wiring, limiter))
    app.include_router(webhooks.routes(wiring, limiter))
    app.include_router(docs.routes())
    docs.describe(app)
    _operating(app, wiring, limiter)
    return app


def _operating(app: FastAPI, wiring: Wiring, limiter: CapacityLimiter) -> None:
    """Health and metrics, for who runs csbot."""

    @app.get("/health/live", include_in_schema=False)
    async def live() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        problem = await to_thread.run_sync(_not_ready, wiring, limiter=limiter)
        status = HTTPStatus.SERVICE_UNAVAILABLE if problem else HTTPStatus.OK
        return JSONResponse({"ready": not problem, "problem": problem}, status)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        text = await to_thread.run_sync(exposition, wiring.sessions, clock.now(), limiter=limiter)
        return Response(text, media_type="text/plain; version=0.0.4")


async def _body(request: Request) -> bytes | HTTPStatus:
    """Nobody is known yet: neither their megabytes nor their patience are waited for."""
    body = bytearray()
    with move_on_after(BODY_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_MAX:
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return bytes(body)
    return HTTPStatus.REQUEST_TIMEOUT


def _genuine(wiring: Wiring, request: Request, body: bytes) -> bool:
    return is_genuine(
        secret=wiring.settings.env.slack_signing_secret,
        body=body,
        timestamp=request.headers.get("x-slack-request-timestamp"),
        signature=request.headers.get("x-slack-signature"),
        now=clock.now(),
    )


def _dispatch(bolt: App, request: Request, body: bytes) -> BoltResponse:
    headers: dict[str, str | Sequence[str]] = dict(request.headers)
    return bolt.dispatch(BoltRequest(body=body.decode(), headers=headers))


def _response(answer: BoltResponse) -> Response:
    headers = {k: v for k, v in answer.first_headers().items() if k.lower() != "content-length"}
    return Response(answer.body, answer.status, headers)


def _not_ready(wiring: Wiring) -> str | None:
    try:
        return "run: csbot db upgrade" if pending(wiring.engine) else None
    except SQLAlchemyError:
        return "the database does not answer"


def serve(wiring: Wiring) -> None:
    """Until a signal ends it; requests under way are finished first."""
    import uvicorn

    uvicorn.run(
        create(wiring),
        host=wiring.settings.env.csbot_host,
        port=wiring.settings.env.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
