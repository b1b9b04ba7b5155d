"""csbot beside the strict workspace, over real HTTP: what a flow test drives and looks at."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import uvicorn
from fastapi import FastAPI

from csbot import clock
from csbot.wiring import Wiring
from csbot.workspace.driver import Person
from csbot.workspace.seen import Shown
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import Workspace
from handlers.web import SERVER
from schedules.command import run_job
from tests.prompt import PromptServer

STARTING = 60.0


class Desk:
    """`at` moves csbot's and the workspace's clock; `run` does a job by its name at that moment."""

    def __init__(self, wiring: Wiring, running: RunningWorkspace, url: str) -> None:
        self.wiring, self.running, self.url = wiring, running, url
        self.sessions = wiring.sessions
        self.settings = wiring.settings

    @property
    def slack(self) -> Workspace:
        return self.running.workspace

    @property
    def now(self) -> datetime:
        return clock.now()

    def at(self, moment: datetime) -> None:
        clock.shift_to(moment)

    def add(self, *rows: Any) -> Any:
        """Commit rows; they keep their ids. One row comes back as itself."""
        with self.sessions.begin() as session:
            session.add_all(rows)
        return rows[0] if len(rows) == 1 else rows

    def person(self, slack_id: str, channel: str | None = None) -> Person:
        return Person(self.slack, slack_id, channel)

    def run(self, job: str, at: datetime | None = None) -> str:
        return run_job(self.wiring, job, (at or clock.now()).isoformat())

    def deliver(self) -> None:
        self.run("deliver")

    def in_channel(self, name: str = "#cs-alerts") -> list[Shown]:
        """What anybody there reads, oldest first, without private answers and replies."""
        channel = self.slack.channel_named(name)
        assert channel is not None
        reader = next(iter(channel.members))
        return [m for m in Person(self.slack, reader).messages(channel.id) if not m.ephemeral]


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of `app`, served on a free loopback port by a thread of its own."""
    config = uvicorn.Config(app, port=0, lifespan="off", loop="asyncio", **SERVER)
    server = PromptServer(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.ready.wait(STARTING), "the web process did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(STARTING)
