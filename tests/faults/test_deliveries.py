"""A web process that dies while it takes a delivery: what it acknowledged is there, once."""

import json
import os
import signal
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from multiprocessing.context import ForkServerProcess
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from csbot import clock
from csbot.audit import AuditEntry
from csbot.inbox.model import Received
from csbot.keys import service as keys
from csbot.wiring import wire
from handlers.web import create
from tests.builders import account
from tests.faults.processes import DEADLINE, ended
from tests.faults.rig import settings_for
from tests.flows.desk import served
from tests.flows.office import basic
from tests.forked import context


def serve(database_url: str, crash_at: str | None, address: Any) -> None:
    """A web process, until something ends it; it says where it is."""
    if crash_at:
        os.environ["CSBOT_CRASH_AT"] = crash_at
    with served(create(wire(settings_for("http://127.0.0.1:9/api/", database_url)))) as url:
        address.put(url)
        signal.pause()


class Web:
    """One process at a time, each of them to be killed."""

    def __init__(self, database_url: str) -> None:
        self._context = context()
        self._url = database_url
        self.process: ForkServerProcess | None = None

    def start(self, crash_at: str | None = None) -> None:
        address = self._context.Queue()
        self.process = self._context.Process(
            target=serve, args=(self._url, crash_at, address), daemon=True
        )
        self.process.start()
        self.host = address.get(timeout=DEADLINE).removeprefix("http://")
        address.close()

    def post(self, event_id: str, key: str) -> int | None:
        """The status of the answer; None when none came."""
        data = {"account": "acme.example", "title": event_id}
        body = json.dumps({"id": event_id, "type": "thing.happened", "data": data})
        line = HTTPConnection(self.host, timeout=DEADLINE)
        try:
            line.request("POST", "/webhooks/generic", body, basic(key))
            return line.getresponse().status
        except (HTTPException, OSError):
            return None
        finally:
            line.close()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join(DEADLINE)


@pytest.fixture
def web(database_url: str) -> Iterator[Web]:
    made = Web(database_url)
    yield made
    made.kill()


@pytest.fixture
def key(engine: Engine, sessions: sessionmaker[Session]) -> str:
    with sessions.begin() as session:
        session.add(account("Acme"))
        return keys.create(session, source="generic", name="test", now=clock.now()).text


def effects(sessions: sessionmaker[Session]) -> tuple[list[str], list[str]]:
    """The events in the inbox, and those that have had their effect."""
    with sessions() as session:
        stored = session.scalars(select(Received.event_id).order_by(Received.event_id)).all()
        told = session.scalars(
            select(AuditEntry.after).where(AuditEntry.verb == "event.received")
        ).all()
    return list(stored), sorted(str((after or {})["what"]) for after in told)


@pytest.mark.parametrize(
    ("point", "kept"), [("inbox.before_commit", []), ("inbox.after_commit", ["e-1"])]
)
def test_a_death_beside_the_commit_loses_nothing_and_doubles_nothing(
    web: Web, key: str, sessions: sessionmaker[Session], point: str, kept: list[str]
) -> None:
    web.start(crash_at=point)
    assert web.post("e-1", key) is None, "nothing was acknowledged"
    assert web.process is not None
    assert ended(web.process) == 137
    assert effects(sessions) == (kept, kept)
    web.start()
    assert web.post("e-1", key) == 200, "the sender tries again"
    assert effects(sessions) == (["e-1"], ["e-1"])


def test_whatever_was_acknowledged_before_a_kill_is_there_once(
    web: Web, key: str, sessions: sessionmaker[Session]
) -> None:
    acknowledged: list[str] = []
    for life in range(3):
        web.start()
        for n in range(12):
            name = f"e-{life}-{n:02}"
            if n == 8:
                assert web.process is not None
                assert web.process.pid is not None
                os.kill(web.process.pid, signal.SIGKILL)
            if web.post(name, key) == 200:
                acknowledged.append(name)
        web.kill()
    stored, told = effects(sessions)
    assert len(acknowledged) >= 24
    assert stored == told
    assert set(acknowledged) <= set(stored)
