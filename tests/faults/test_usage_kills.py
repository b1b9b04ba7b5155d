"""The web process killed while clients send: what was acknowledged is there, and counted, once."""

import json
import random
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from typing import Any

import pytest
import uvicorn
from sqlalchemy import select

from csbot.settings import Config, Environment, Settings
from csbot.usage.model import UsageEvent
from csbot.wiring import Wiring, wire
from handlers.web import create
from tests.bench.places import free_port
from tests.faults.processes import DEADLINE, eventually
from tests.forked import context
from tests.usage_counts import recounted, rolled_up

KEY = "kill-key"
API = "http://127.0.0.1:9/api/"
SIZE = 20


def serve(database_url: str, port: int) -> None:
    """A web process, until something ends it."""
    env = Environment(database_url=database_url, slack_api_url=API, csbot_write_keys=[KEY])
    app = create(wire(Settings(env=env, config=Config())))
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


class Web:
    """A web process that can be killed and started again at the same address."""

    def __init__(self, database_url: str) -> None:
        self.port = free_port()
        self._url = database_url
        self.start()

    def start(self) -> None:
        self._process = context().Process(target=serve, args=(self._url, self.port), daemon=True)
        self._process.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.join(DEADLINE)


class Sender(Thread):
    """Sends its batches one after the other, each until it is acknowledged, like any client."""

    def __init__(self, port: Callable[[], int], batches: list[list[dict[str, Any]]]) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[str] = []
        self._port, self._batches = port, batches

    def run(self) -> None:
        for batch in self._batches:
            while not self._sent(batch):
                Event().wait(0.05)
            self.acknowledged += [event["messageId"] for event in batch]

    def _sent(self, batch: list[dict[str, Any]]) -> bool:
        connection = HTTPConnection("127.0.0.1", self._port(), timeout=DEADLINE)
        try:
            body = json.dumps({"batch": batch, "writeKey": KEY})
            connection.request("POST", "/v1/batch", body)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def events(dice: random.Random, prefix: str, count: int) -> list[dict[str, Any]]:
    return [
        {
            "type": "track", "messageId": f"{prefix}{n}", "userId": f"u{dice.randrange(9)}",
            "event": dice.choice(["Search", "Signed In", "Export"]),
            "properties": {"duration": dice.randrange(90)},
            "context": {"groupId": f"g{dice.randrange(4)}"},
        }
        for n in range(count)
    ]  # fmt: skip


def batches(dice: random.Random, prefix: str, count: int) -> list[list[dict[str, Any]]]:
    """Also with what other batches hold, as a client sends that lost an answer."""
    made = [events(dice, f"{prefix}-{n}-", SIZE) for n in range(count)]
    return [batch + dice.choice(made)[:5] for batch in made]


@pytest.fixture
def web(database_url: str, engine: object) -> Iterator[Web]:
    running = Web(database_url)
    yield running
    running.kill()


def check(database_url: str, senders: list[Sender]) -> None:
    wiring = look(database_url)
    with wiring.sessions() as session:
        stored = session.scalars(select(UsageEvent.message_id)).all()
        assert len(stored) == len(set(stored))
        assert set(stored) == {one for sender in senders for one in sender.acknowledged}
        assert rolled_up(session) == recounted(session)
    wiring.engine.dispose()


def look(database_url: str) -> Wiring:
    env = Environment(database_url=database_url, slack_api_url=API)
    return wire(Settings(env=env, config=Config()))


def test_a_web_process_killed_at_random_loses_and_doubles_nothing(
    web: Web, database_url: str
) -> None:
    dice = random.Random(20261123)  # noqa: S311  no secret
    senders = [Sender(lambda: web.port, batches(dice, f"s{n}", 40)) for n in range(3)]
    for sender in senders:
        sender.start()

    def through() -> int:
        return sum(len(sender.acknowledged) for sender in senders)

    def done() -> bool:
        return not any(sender.is_alive() for sender in senders)

    for _ in range(6):
        least = through() + dice.randrange(1, 400)
        eventually(lambda least=least: through() >= least or done(), within=60)
        web.kill()
        web.start()
    for sender in senders:
        sender.join(60)
    assert done()
    check(database_url, senders)


def test_two_web_processes_at_once_count_the_same_events_once(web: Web, database_url: str) -> None:
    dice = random.Random(20261124)  # noqa: S311  no secret
    other = Web(database_url)
    same = batches(dice, "s", 25)
    ports = [web.port, other.port] * 2
    shuffled = [dice.sample(same, len(same)) for _ in ports]
    senders = [
        Sender(lambda port=port: port, mine) for port, mine in zip(ports, shuffled, strict=True)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    other.kill()
    assert not any(sender.is_alive() for sender in senders)
    check(database_url, senders)
