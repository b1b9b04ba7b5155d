"""csbot's addresses for other systems over real HTTP, without any Slack beside them."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from csbot import clock
from csbot.feedback.model import Feedback
from csbot.inbox.model import Received
from csbot.keys import service as keys
from csbot.settings import Settings
from csbot.wiring import Wiring, wire
from handlers.web import create
from tests.builders import MONDAY, account, contact
from tests.flows.desk import served

JSON = {"Content-Type": "application/json"}


class Office:
    """Acme with its contact Ann is known; `post` says what it answers."""

    def __init__(self, wiring: Wiring, url: str, http: httpx.Client) -> None:
        self.wiring, self.url, self.http = wiring, url, http
        self.sessions = wiring.sessions

    def add(self, *rows: Any) -> None:
        with self.sessions.begin() as session:
            session.add_all(rows)

    def know(self, name: str = "Acme", domain: str = "customer.example") -> None:
        with self.sessions.begin() as session:
            row = account(name, domain=domain)
            session.add(row)
            session.flush()
            session.add(contact(row.id, "Ann Lee", email=f"ann@{domain}"))

    def key(self, source: str) -> str:
        with self.sessions.begin() as session:
            return keys.create(session, source=source, name="test", now=clock.now()).text

    def post(
        self, path: str, body: Any, headers: dict[str, str] | None = None, *, key: str = ""
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        brought = httpx.Headers(JSON, encoding="latin-1")
        for name, value in [*basic(key).items(), *(headers or {}).items()]:
            brought[name] = value
        return self.http.post(path, content=content, headers=brought)

    def inbox(self) -> list[Received]:
        with self.sessions() as session:
            return list(session.scalars(select(Received).order_by(Received.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.inbox()]

    def answers(self) -> int:
        """How many answers of surveys have come."""
        with self.sessions() as session:
            return session.scalar(select(func.count()).select_from(Feedback)) or 0


def basic(key: str) -> dict[str, str]:
    if not key:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"}


def survey(id: str = "answer-1", **over: Any) -> dict[str, Any]:
    told = {"id": id, "kind": "nps", "score": 9, "email": "ann@customer.example"}
    return told | {"at": "2026-11-23T08:00:00Z"} | over


def environment(
    monkeypatch: pytest.MonkeyPatch, folder: Path, database_url: str, toml: str, **told: str
) -> None:
    config = folder / "csbot.toml"
    config.write_text(toml)
    fixed = {
        "CSBOT_CLOCK_FILE": str(folder / "clock"),
        "CSBOT_CONFIG": str(config),
        "DATABASE_URL": database_url,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_BOT_TOKEN": "xoxb-not-used",
    }
    for name, value in (fixed | told).items():
        monkeypatch.setenv(name, value)
    clock.shift_to(MONDAY)


@contextmanager
def opened() -> Iterator[Office]:
    """As the environment says."""
    wiring = wire(Settings.load())
    try:
        with served(create(wiring)) as url, httpx.Client(base_url=url, timeout=30) as http:
            yield Office(wiring, url, http)
    finally:
        wiring.engine.dispose()
