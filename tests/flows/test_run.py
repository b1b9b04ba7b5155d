"""`csbot run` as a small team has it: one process over Socket Mode, and data comes in as well."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from csbot.wiring import Wiring
from csbot.workspace.driver import Person
from csbot.workspace.server import RunningWorkspace
from tests.bench.places import free_port, wait_for
from tests.builders import account, member

KEY = "k" * 16
GROUP = {"userId": "ann", "groupId": "acme-1", "traits": {"name": "Acme"}}


@contextmanager
def running(folder: Path, **told: str) -> Iterator[httpx.Client]:
    """Beside the wiring of the test, on its database; ended by SIGTERM, in order."""
    port = free_port()
    own = {"PORT": str(port), "CSBOT_HOST": "127.0.0.1", "CSBOT_WRITE_KEYS": KEY, **told}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "csbot", "run"], env=os.environ | own, stderr=log
        )
    try:
        wait_for(port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            yield http
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (folder / "log").read_text()
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def team(
    wiring: Wiring, workspace: RunningWorkspace, monkeypatch: pytest.MonkeyPatch
) -> RunningWorkspace:
    """Dana and an account, and the settings of Socket Mode."""
    monkeypatch.setenv("SLACK_APP_TOKEN", workspace.workspace.app_token)
    with wiring.sessions.begin() as session:
        session.add_all([member("Dana Reyes"), account("Globex")])
    return workspace


def test_in_socket_mode_the_one_process_takes_data_in_and_answers_slack(
    team: RunningWorkspace, tmp_path: Path
) -> None:
    with running(tmp_path, SLACK_SIGNING_SECRET="") as http:
        assert http.get("/health/ready").json()["ready"]
        assert http.post("/v1/group", json=GROUP, auth=(KEY, "")).json() == {"success": True}
        assert http.post("/webhooks/surveys", json={}).status_code == 401
        assert 'csbot_deliveries_total{outcome="done",source="usage"}' in http.get("/metrics").text
        assert http.post("/slack/events").status_code == 404
        seen = Person(team.workspace, "U_DANA").command("/cs account globex")
        assert seen.error is None
        assert "Globex" in seen.words


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_with_a_signing_secret_beside_the_token_slack_may_come_either_way(
    team: RunningWorkspace, tmp_path: Path
) -> None:
    with running(tmp_path) as http:
        assert http.post("/slack/events").status_code == 401
