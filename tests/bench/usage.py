"""Events a second through /v1/batch, beside a bare bulk insert and an empty address."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, text

from csbot import clock
from csbot.db.engine import open_database
from csbot.usage.model import UsageEvent, UserUsage
from tests.bench.places import cpu_seconds, database, free_port, process, wait_for
from tests.bench.report import Table, ms, ratio, times, verdict

KEY = "bench-write-key-1"
AT_ONCE = 8
AIM = 0.5
BATCH, BULK, EMPTY = "/v1/batch", "one bulk insert", "empty address"
FEATURES = ("Shipment Booked", "Report Exported", "Label Printed", "Invoice Viewed", "Search")


@dataclass(frozen=True)
class Plan:
    """`people` work for a tenth as many companies; a batch is what some of them did just now."""

    batches: int = 200
    size: int = 100
    at_once_people: int = 25
    people: int = 5_000
    rounds: int = 5

    @property
    def events(self) -> int:
        return self.batches * self.size


@dataclass
class Measured:
    """Events a second by round, the waits of requests, CPU seconds of the server an event."""

    rounds: dict[str, list[float]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def bench(kind: str, plan: Plan) -> Table:
    with database(kind) as url, _server(url) as (port, pid):
        seen = measure(url, port, pid, plan)
        _check(url, plan)
    table = Table(
        f"Usage, {kind}: events a second in batches of {plan.size}, {AT_ONCE} at once",
        ("", "events a second", "of the bulk insert", "of the empty address", "p50", "p99", "aim"),
    )
    bulk, empty = (ratio(seen.rounds[BATCH], seen.rounds[name]) for name in (BULK, EMPTY))
    cuts = quantiles(seen.waits, n=100)
    rates = {name: f"{median(rates):,.0f}" for name, rates in seen.rounds.items()}
    good = max(bulk, empty) >= AIM
    table.add(BATCH, rates[BATCH], times(bulk), times(empty), ms(cuts[49]), ms(cuts[98]),
              verdict(good))  # fmt: skip
    for name in (BULK, EMPTY):
        table.add(name, rates[name], "", "", "", "", "")
    table.notes.append(
        f"{plan.events:,} events a round, of {plan.people:,} people;"
        f" {median(seen.cpu) * 1e6:.0f} µs of the server's CPU an event; aim: {AIM}x of the slower"
        " floor"
    )
    return table


def measure(url: str, port: int, pid: int, plan: Plan) -> Measured:
    """By turns; the first round is not counted."""
    seen, dice, engine = Measured(), random.Random(20261123), open_database(url)  # noqa: S311
    for nth in range(plan.rounds + 1):
        batches = [_batch(plan, dice, nth * plan.batches + n) for n in range(plan.batches)]
        bodies = [json.dumps({"batch": batch}) for batch in batches]
        counted = nth > 0
        _note(seen, BULK, plan.events / _bulk(engine, batches, nth), counted)
        _note(seen, EMPTY, plan.events / _post(port, "/empty", bodies)[0], counted)
        used = cpu_seconds(pid)
        seconds, waits = _post(port, BATCH, bodies)
        _note(seen, BATCH, plan.events / seconds, counted)
        if counted:
            seen.waits += waits
            seen.cpu.append((cpu_seconds(pid) - used) / plan.events)
        else:
            _tidy(engine)
    engine.dispose()
    return seen


def _tidy(engine: Engine) -> None:
    """PostgreSQL does so by itself, a minute after a new table was filled."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as raw:
            raw.execute(text("VACUUM ANALYZE"))


def _note(seen: Measured, name: str, rate: float, counted: bool) -> None:
    if counted:
        seen.rounds.setdefault(name, []).append(rate)


def _batch(plan: Plan, dice: random.Random, nth: int) -> list[dict[str, Any]]:
    now = clock.now()
    people = [dice.randrange(plan.people) for _ in range(plan.at_once_people)]
    return [
        {
            "type": "track",
            "messageId": f"{dice.getrandbits(128):032x}",
            "userId": f"user-{(person := dice.choice(people))}",
            "anonymousId": None,
            "event": "Signed In" if n % 25 == 0 else dice.choice(FEATURES),
            "properties": {"duration": dice.randrange(5, 300), "plan": "growth"},
            "timestamp": (now - timedelta(seconds=dice.random() * 60)).isoformat(),
            "context": {
                "groupId": f"company-{person // 10}",
                "library": {"name": "analytics-python", "version": "2.4.0"},
            },
            "integrations": {},
        }
        for n in range(plan.size)
    ]


def _bulk(engine: Engine, batches: list[list[dict[str, Any]]], nth: int) -> float:
    """Seconds of one Core insert of the same rows, with the commit."""
    now = clock.now()
    rows = [
        {
            "source": "floor", "message_id": event["messageId"], "user_id": 1, "group_id": 1,
            "type": "track", "name": event["event"], "properties": event["properties"],
            "at": datetime.fromisoformat(event["timestamp"]), "received_at": now,
        }
        for batch in batches
        for event in batch
    ]  # fmt: skip
    begins = clock.steady()
    with engine.begin() as connection:
        connection.execute(insert(UsageEvent), rows)
    seconds = clock.steady() - begins
    if nth == 0:
        with engine.begin() as connection:
            connection.execute(delete(UsageEvent))
    return seconds


def _post(port: int, path: str, bodies: list[str]) -> tuple[float, list[float]]:
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: "
    sent = [f"{head}{len(body)}\r\n\r\n{body}" for body in bodies]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps({"port": port, "at_once": AT_ONCE, "requests": sent}),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seen = json.loads(done.stdout)
    assert seen["statuses"] == {"200": len(bodies)}, seen["statuses"]
    return seen["seconds"], seen["waits"]


@contextmanager
def _server(url: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    told = {"DATABASE_URL": url, "CSBOT_WRITE_KEYS": KEY, "PORT": str(port),
            "CSBOT_LOG_LEVEL": "WARNING"}  # fmt: skip
    with process("tests.bench.usage_app", told=told) as running:
        wait_for(port)
        yield port, running.pid


def _check(url: str, plan: Plan) -> None:
    """Every event is there once, and in the roll-ups."""
    wanted, engine = plan.events * (plan.rounds + 1), open_database(url)
    stored = select(func.count()).where(UsageEvent.source == "env")
    counted = select(func.sum(UserUsage.events)).where(UserUsage.feature == "")
    with engine.connect() as connection:
        assert (connection.scalar(stored), connection.scalar(counted)) == (wanted, wanted)
    engine.dispose()
