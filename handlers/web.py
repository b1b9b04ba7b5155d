"""HTTP in: Slack's requests at /slack/events, health and metrics."""

import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

from csbot import clock
from csbot.db.upgrade import pending
from csbot.metrics import exposition
from csbot.wiring import Wiring
from handlers import docs, touches_http, usage, webhooks
from handlers.app import build
from handlers.heads import Bounded
from handlers.http import SlackOverHttp
from handlers.receive import unavailable
from handlers.refusals import answer_in_json

THREADS = 6
SERVER: Any = {"http": Bounded, "ws": "none", "log_config": None, "access_log": False}


def create(wiring: Wiring) -> FastAPI:
    """The web application; synchronous work runs on a few threads, never in the event loop."""
    secret, threads = wiring.settings.env.slack_signing_secret, ThreadPoolExecutor(THREADS)
    limiter = CapacityLimiter(THREADS)
    app = FastAPI(
        title="csbot: connect your data",
        version="1",
        description=docs.HOW,
        servers=[{"url": "/", "description": "This csbot"}],
        docs_url=None,
        redoc_url=None,
        lifespan=_settled,
    )
    answer_in_json(app)

    if secret:  # without one Slack comes in over Socket Mode, and nobody could be told from it here
        slack = SlackOverHttp(build(wiring), secret, threads)
        app.router.routes.append(Route("/slack/events", slack, include_in_schema=False))
    app.include_router(usage.routes(wiring, limiter))
    app.include_router(
        touches_http.routes(wiring, limiter)
    )  # its addresses come before /webhooks/…
    app.include_router(webhooks.routes(wiring, limiter))
    app.include_router(docs.routes())
    docs.describe(app)
    _operating(app, wiring, limiter)
    return app


@asynccontextmanager
async def _settled(_: FastAPI) -> AsyncIterator[None]:
    """What is there before the first request stays: Python need not look through it for garbage.

    And it looks less often: 100 events of usage are a thousand objects that go by themselves.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    yield


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
        now = clock.now()
        try:
            text = await to_thread.run_sync(exposition, wiring.sessions, now, limiter=limiter)
        except SQLAlchemyError:
            return unavailable().response()
        return Response(text, media_type="text/plain; version=0.0.4")


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
        timeout_graceful_shutdown=5,
        **SERVER,
    )
