"""Requests a second at sixteen at once: a command, a button and an event, beside an empty app."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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
from csbot.inbox.model import Received
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Settings
from tests.bench import company, payloads
from tests.bench.places import cpu_seconds, database, free_port, process, wait_for
from tests.bench.report import Table, ms, ratio, times, verdict

AT_ONCE = 16
THROUGHPUT, P99 = 1 / 3, 4.0
CSBOT, EMPTY, LEAST = "csbot", "empty app", "one read, one write"
FLOORS = (EMPTY, LEAST)
Make = Callable[[int], tuple[str, bytes]]


@dataclass(frozen=True)
class Plan:
    """How much to measure; requests are for each server, kind and round."""

    accounts: int = 10_000
    requests: int = 300
    rounds: int = 7


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    pid: int


@dataclass(frozen=True)
class Round:
    """`cpu` is what the server used, in seconds a request; NaN where that cannot be told."""

    per_second: float
    p50: float
    p99: float
    cpu: float


def bench(kind: str, plan: Plan) -> list[Table]:
    """On a database of `kind`; the empty app has none."""
    seen: dict[str, dict[str, list[Round]]] = {}
    with database(kind) as url:
        sessions = _prepare(url, plan)
        with _servers(url) as servers:
            for what, make in _kinds(sessions, plan).items():
                seen[what] = measure(servers, make, plan, before=lambda: _reopen(sessions))
        _check(sessions, plan)
    return [_ratios(kind, plan, seen), _figures(kind, seen)]


def _ratios(kind: str, plan: Plan, seen: dict[str, dict[str, list[Round]]]) -> Table:
    table = Table(
        f"Requests, {AT_ONCE} at once, {kind}, {plan.accounts:,} accounts: csbot beside the floors",
        (
            "request", "throughput: empty app", "p99", "CPU", "one read, one write: throughput",
            "p99 ", "CPU ", "aim",
        ),
    )  # fmt: skip
    for what, rounds in seen.items():
        cells, good = [], False
        for floor in FLOORS:
            speed, tail, cpu = (
                _beside(rounds, floor, name) for name in ("per_second", "p99", "cpu")
            )
            cells += [times(speed), times(tail), times(cpu)]
            good = good or (speed >= THROUGHPUT and tail <= P99 and floor == EMPTY)
        table.add(what, *cells, verdict(good))
    table.notes.append(
        f"aim: at least {THROUGHPUT:.2f}x of the empty app's throughput and at most {P99:.0f}x of "
        f"its p99; medians of {plan.rounds} rounds of {plan.requests} requests, by turns"
    )
    return table


def _beside(rounds: dict[str, list[Round]], floor: str, name: str) -> float:
    return ratio(*([getattr(one, name) for one in rounds[who]] for who in (CSBOT, floor)))


def _figures(kind: str, seen: dict[str, dict[str, list[Round]]]) -> Table:
    table = Table(
        f"Requests, {kind}: what was measured",
        ("request", "by", "a second", "p50", "p99", "CPU a request"),
    )
    for what, rounds in seen.items():
        for who, ones in rounds.items():
            middle = [median(getattr(one, name) for one in ones) for name in ("p50", "p99", "cpu")]
            table.add(what, who, f"{median(r.per_second for r in ones):,.0f}", *map(ms, middle))
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
def _servers(url: str) -> Iterator[list[Server]]:
    """csbot and its floors, each in a process of its own."""
    told = {
        "SLACK_SIGNING_SECRET": payloads.SECRET,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "CSBOT_HOST": "127.0.0.1",
        "CSBOT_LOG_LEVEL": "WARNING",
    }
    kept = told | {"DATABASE_URL": url}
    floor = "tests.bench.floor_app"
    ours = kept | {"SLACK_BOT_TOKEN": "xoxb-bench"}
    wanted = {EMPTY: ([floor], told), LEAST: ([floor], kept), CSBOT: (["csbot", "web"], ours)}
    with ExitStack() as stack:
        servers = []
        for name, (module, settings) in wanted.items():
            port = free_port()
            running = process(*module, told=settings | {"PORT": str(port)})
            servers.append(Server(name, port, stack.enter_context(running).pid))
        for server in servers:
            wait_for(server.port)
        yield servers


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
    servers: list[Server], make: Make, plan: Plan, *, before: Callable[[], None]
) -> dict[str, list[Round]]:
    """Rounds by turns; the first of each is not counted."""
    found: dict[str, list[Round]] = {server.name: [] for server in servers}
    for nth in range(plan.rounds + 1):
        before()
        bodies = [make(nth * plan.requests + number) for number in range(plan.requests)]
        for server in servers:
            found[server.name].append(_round(server, bodies))
    return {name: rounds[1:] for name, rounds in found.items()}


def _round(server: Server, bodies: list[tuple[str, bytes]]) -> Round:
    stamp = int(clock.now().timestamp())
    sent = [payloads.on_the_wire(kind, body, stamp).decode("latin-1") for kind, body in bodies]
    asked = {"port": server.port, "at_once": AT_ONCE, "requests": sent}
    used = cpu_seconds(server.pid)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    used = cpu_seconds(server.pid) - used
    seen = json.loads(done.stdout)
    assert seen["statuses"] == {"200": len(bodies)}, seen["statuses"]
    cuts = quantiles(seen["waits"], n=100)
    return Round(len(bodies) / seen["seconds"], cuts[49], cuts[98], used / len(bodies))


def _check(sessions: sessionmaker[Session], plan: Plan) -> None:
    """csbot did the work: every press took its alert, every event is stored."""
    asked = (plan.rounds + 1) * plan.requests
    with sessions() as session:
        taken = session.scalar(select(func.count()).where(AuditEntry.verb == "alert.taken"))
        stored = session.scalar(select(func.count()).where(Received.event_id.like("Ev%")))
    assert (taken, stored) == (asked, asked), (taken, stored, asked)
