"""Requests a second at sixteen at once: a command, a button and an event, beside an empty app."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from sqlalchemy import String, cast, func, literal, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot import clock
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import detect
from csbot.audit import AuditEntry
from csbot.db.engine import open_database, session_factory
from csbot.inbox import Received
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Settings
from tests.bench import company, payloads
from tests.bench.places import database, free_port, process, wait_for
from tests.bench.report import Table, ms, ratio, times, verdict

AT_ONCE = 16
THROUGHPUT, P99 = 1 / 3, 4.0
Make = Callable[[int], tuple[str, bytes]]


@dataclass(frozen=True)
class Plan:
    """How much to measure; requests are for each server, kind and round."""

    accounts: int = 10_000
    requests: int = 300
    rounds: int = 7


@dataclass(frozen=True)
class Round:
    per_second: float
    p50: float
    p99: float


def bench(kind: str, plan: Plan) -> Table:
    """On a database of `kind`; the floor has none."""
    table = Table(
        f"Requests, {AT_ONCE} at once, {kind}, {plan.accounts:,} accounts",
        (
            "request", "throughput of the empty app's", "p99 beside its", "csbot req/s", "p50",
            "p99", "empty app req/s", "p50 ", "p99 ", "aim",
        ),
    )  # fmt: skip
    with database(kind) as url:
        sessions = _prepare(url, plan)
        with _servers(url) as ports:
            for what, make in _kinds(sessions, plan).items():
                rounds = measure(ports, make, plan, before=lambda: _reopen(sessions))
                table.add(what, *_cells(*rounds))
        _check(sessions, plan)
    table.notes.append(
        f"aim: at least {THROUGHPUT:.2f}x of the throughput and at most {P99:.0f}x of the p99; "
        f"medians of {plan.rounds} rounds of {plan.requests} requests, by turns"
    )
    return table


def _prepare(url: str, plan: Plan) -> sessionmaker[Session]:
    """A customer base whose alerts stand in Slack."""
    engine = open_database(url)
    now = clock.now()
    company.fill(engine, plan.accounts, now=now)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        detect(session, settings=Settings.load(), now=now, at_once=True)
        session.execute(
            update(OutgoingMessage).values(state="sent", slack_channel="C", sent_at=now)
        )
    engine.dispose()
    return sessions


@contextmanager
def _servers(url: str) -> Iterator[tuple[int, int]]:
    """The ports of csbot and of the floor."""
    ports = free_port(), free_port()
    told = {
        "DATABASE_URL": url,
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": payloads.SECRET,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "CSBOT_HOST": "127.0.0.1",
        "CSBOT_LOG_LEVEL": "WARNING",
    }
    with (
        process("csbot", "web", told=told | {"PORT": str(ports[0])}),
        process("tests.bench.floor_app", told=told | {"PORT": str(ports[1])}),
    ):
        for port in ports:
            wait_for(port)
        yield ports


def _kinds(sessions: sessionmaker[Session], plan: Plan) -> dict[str, Make]:
    alerts = _alerts(sessions, plan)

    def press(number: int) -> tuple[str, bytes]:
        id, version, message = alerts[number % len(alerts)]
        return payloads.press(id, version, message, number)

    def command(number: int) -> tuple[str, bytes]:
        named = company.name(1 + number * 37 % plan.accounts)
        return payloads.command(f"account {named}", number)

    return {"/cs account": command, "Acknowledge": press, "channel_rename": payloads.event}


def _alerts(sessions: sessionmaker[Session], plan: Plan) -> list[tuple[int, int, dict[str, Any]]]:
    """Open ones with the messages that show them, enough for every press of a round."""
    query = (
        select(Alert.id, Alert.version, OutgoingMessage.payload)
        .join(OutgoingMessage, OutgoingMessage.key == literal("alert:") + cast(Alert.id, String))
        .order_by(Alert.id)
        .limit(plan.requests)
    )
    with sessions() as session:
        found = [(row.id, row.version, row.payload) for row in session.execute(query)]
    assert len(found) == plan.requests, f"only {len(found)} alerts for {plan.requests} presses"
    return found


def _reopen(sessions: sessionmaker[Session]) -> None:
    """As they were before anybody pressed, with their messages delivered."""
    with sessions.begin() as session:
        session.execute(update(Alert).values(state="open", taken_by_id=None, taken_at=None))
        session.execute(update(OutgoingMessage).values(state="sent"))


def measure(
    ports: tuple[int, int], make: Make, plan: Plan, *, before: Callable[[], None]
) -> tuple[list[Round], list[Round]]:
    """Rounds of csbot and of the floor, by turns; the first of each is not counted."""
    found: tuple[list[Round], list[Round]] = ([], [])
    for nth in range(plan.rounds + 1):
        before()
        bodies = [make(nth * plan.requests + number) for number in range(plan.requests)]
        for rounds, port in zip(reversed(found), reversed(ports), strict=True):
            rounds.append(_round(port, bodies))
    return found[0][1:], found[1][1:]


def _round(port: int, bodies: list[tuple[str, bytes]]) -> Round:
    stamp = int(clock.now().timestamp())
    sent = [payloads.on_the_wire(kind, body, stamp).decode("latin-1") for kind, body in bodies]
    asked = {"port": port, "at_once": AT_ONCE, "requests": sent}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    seen = json.loads(done.stdout)
    assert seen["statuses"] == {"200": len(bodies)}, seen["statuses"]
    cuts = quantiles(seen["waits"], n=100)
    return Round(len(bodies) / seen["seconds"], cuts[49], cuts[98])


def _cells(subject: list[Round], floor: list[Round]) -> list[str]:
    speed = ratio([r.per_second for r in subject], [r.per_second for r in floor])
    tail = ratio([r.p99 for r in subject], [r.p99 for r in floor])
    good = speed >= THROUGHPUT and tail <= P99
    return [times(speed), times(tail), *_absolute(subject), *_absolute(floor), verdict(good)]


def _absolute(rounds: list[Round]) -> list[str]:
    speed = median(r.per_second for r in rounds)
    waits = (median(r.p50 for r in rounds), median(r.p99 for r in rounds))
    return [f"{speed:,.0f}", *map(ms, waits)]


def _check(sessions: sessionmaker[Session], plan: Plan) -> None:
    """csbot did the work: every press took its alert, every event is stored."""
    asked = (plan.rounds + 1) * plan.requests
    with sessions() as session:
        taken = session.scalar(select(func.count()).where(AuditEntry.verb == "alert.taken"))
        stored = session.scalar(select(func.count()).where(Received.event_id.like("Ev%")))
    assert (taken, stored) == (asked, asked), (taken, stored, asked)
