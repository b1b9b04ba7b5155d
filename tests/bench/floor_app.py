"""The floor of requests: a stock Bolt app that only acknowledges, served as csbot is served."""

import os

import uvicorn
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from handlers.web import THREADS
from messages.ids import Action


def build(secret: str) -> App:
    app = App(
        process_before_response=True,
        signing_secret=secret,
        authorize=lambda **_: AuthorizeResult(
            enterprise_id=None, team_id=None, bot_token="xoxb-floor"
        ),
    )
    app.command("/cs")(_acknowledge)
    app.action(str(Action.ALERT_TAKE))(_acknowledge)
    app.event("channel_rename")(_nothing)
    return app


def _acknowledge(ack: Ack) -> None:
    ack()


def _nothing() -> None:
    """Bolt acknowledges events by itself."""


def create(secret: str) -> FastAPI:
    bolt, limiter, app = build(secret), CapacityLimiter(THREADS), FastAPI()

    @app.post("/slack/events")
    async def slack(request: Request) -> Response:
        body = await request.body()
        answer = await to_thread.run_sync(_dispatch, bolt, request, body, limiter=limiter)
        headers = {k: v for k, v in answer.first_headers().items() if k != "content-length"}
        return Response(answer.body, answer.status, headers)

    return app


def _dispatch(bolt: App, request: Request, body: bytes) -> BoltResponse:
    return bolt.dispatch(BoltRequest(body=body.decode(), headers=dict(request.headers)))


if __name__ == "__main__":
    uvicorn.run(
        create(os.environ["SLACK_SIGNING_SECRET"]),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        log_config=None,
        access_log=False,
    )
