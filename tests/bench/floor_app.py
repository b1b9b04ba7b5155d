"""The floors of requests: stock Bolt apps, served as csbot is served.

One only acknowledges. With DATABASE_URL set it first does the least that any answer must: reads
who asks and commits one row, by hand and past the ORM.
"""

import os
from collections.abc import Callable

import uvicorn
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import bindparam, text

from csbot import clock
from csbot.db.base import UTCDateTime
from csbot.db.engine import open_database
from handlers.web import THREADS
from messages.ids import Action
from tests.bench.payloads import PERSON

READ = text("SELECT id, name, role, active, is_outsider FROM team WHERE slack_id = :person")
WRITE = text(
    "INSERT INTO inbox (source, event_id, received_at) VALUES ('floor', :id, :now)"
).bindparams(bindparam("now", type_=UTCDateTime()))


def build(secret: str, work: Callable[[], None]) -> App:
    app = App(
        process_before_response=True,
        signing_secret=secret,
        authorize=lambda **_: AuthorizeResult(
            enterprise_id=None, team_id=None, bot_token="xoxb-floor"
        ),
    )

    def acknowledge(ack: Ack) -> None:
        work()
        ack()

    app.command("/cs")(acknowledge)
    app.action(str(Action.ALERT_TAKE))(acknowledge)
    app.event("channel_rename")(lambda: work())  # Bolt acknowledges events by itself
    return app


def nothing() -> None:
    """What the empty app does."""


def one_read_one_write(url: str) -> Callable[[], None]:
    engine = open_database(url)

    def work() -> None:
        with engine.begin() as connection:
            connection.execute(READ, {"person": PERSON}).one()
            connection.execute(WRITE, {"id": os.urandom(8).hex(), "now": clock.now()})

    return work


def create(secret: str, work: Callable[[], None]) -> FastAPI:
    bolt, limiter, app = build(secret, work), CapacityLimiter(THREADS), FastAPI()

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
    url = os.environ.get("DATABASE_URL")
    uvicorn.run(
        create(os.environ["SLACK_SIGNING_SECRET"], one_read_one_write(url) if url else nothing),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        log_config=None,
        access_log=False,
    )
