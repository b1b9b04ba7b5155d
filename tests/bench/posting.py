"""Posting at Slack's pace: csbot's worker against the strict workspace, whose time runs faster."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event

from sqlalchemy.orm import Session, sessionmaker

from csbot import clock
from csbot.db.engine import open_database, session_factory
from csbot.outbox.queue import Outgoing, Priority, enqueue_many
from csbot.workspace.limits import Limits
from csbot.workspace.model import CallRecord
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import Workspace
from messages.said import Said
from tests.bench.places import database, process
from tests.bench.report import Table, verdict

PACE, URGENT_AFTER = 0.95, 2.0  # share of what is allowed; seconds of Slack's time
CONFIG = """
[delivery]
request_timeout = 5
lease = 20
per_channel_interval = {interval}
workspace_per_minute = {per_minute}
"""


@dataclass(frozen=True)
class Plan:
    """`scale` is how much faster than ours Slack's time runs; `urgent` come in between."""

    messages: int = 600
    channels: int = 20
    scale: float = 4.0
    urgent: int = 8
    patience: float = 300.0


@dataclass(frozen=True)
class Case:
    """`per_minute` is what csbot is set to, `limit` the ceiling that it is measured by."""

    what: str
    per_minute: int
    limit: int
    messages: int
    channels: int

    @property
    def allowed(self) -> float:
        """Slack's seconds from the first message to the last when no limit is left unused."""
        rate = self.limit / 60
        burst = rate  # a second's worth at once
        everywhere = (self.messages - burst) / rate
        each = math.ceil(self.messages / self.channels) - 1
        return max(everywhere, each, 1e-9)


@dataclass(frozen=True)
class Seen:
    """Seconds are Slack's."""

    took: float
    waits: list[float]
    refused: int
    posted: int


def bench(kind: str, plan: Plan) -> Table:
    table = Table(
        f"Posting, {kind}, Slack's time running {plan.scale:g} times as fast",
        (
            "messages", "rate of what is allowed", "an urgent one waits", "at most",
            "a routine one would", "messages/s", "allowed/s", "429", "aim",
        ),
    )  # fmt: skip
    for case in cases(plan):
        table.add(case.what, *_cells(case, measure(kind, case, plan)))
    table.notes.append(
        f"aim: at least {PACE:.0%} of what the limits allow, an urgent message within "
        f"{URGENT_AFTER:.0f} s, no 429; seconds are Slack's; each message of a channel takes its "
        "second, so an urgent one may wait for one that went out just before"
    )
    return table


def cases(plan: Plan) -> list[Case]:
    few = max(1, plan.channels // 10)
    return [
        Case(f"{plan.messages} over {plan.channels} channels, 300 a minute as csbot is set",
             300, 300, plan.messages, plan.channels),
        Case(f"{plan.messages} over {plan.channels} channels, set to 580 of Slack's 600",
             580, 600, plan.messages, plan.channels),
        Case(f"{plan.messages // 10} over {few}: one a second each",
             580, 600, plan.messages // 10, few),
    ]  # fmt: skip


def measure(kind: str, case: Case, plan: Plan) -> Seen:
    with _stage(kind, case, plan) as (slack, sessions):
        _ask(sessions, _routine(case))
        asked = _interrupt(slack, sessions, case, plan)
        _wait_until(slack, case.messages + plan.urgent, plan)
        return _seen(slack.calls, asked, plan)


@contextmanager
def _stage(kind: str, case: Case, plan: Plan) -> Iterator[tuple[Workspace, sessionmaker[Session]]]:
    """The workspace here, the database, and `csbot worker` beside us."""
    slack = Workspace(limits=Limits(scale=plan.scale))
    for number in range(case.channels):
        slack.add_channel(_room(number), f"room-{number}", members=[])
    with ExitStack() as stack:
        url = stack.enter_context(database(kind))
        running = stack.enter_context(RunningWorkspace(slack))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="csbot-bench-")))
        engine = open_database(url)
        stack.callback(engine.dispose)
        told = _told(url, running, folder, case, plan)
        yield_to = (slack, session_factory(engine))
        stack.enter_context(process("csbot", "worker", told=told))
        yield yield_to


def _told(
    url: str, running: RunningWorkspace, folder: Path, case: Case, plan: Plan
) -> dict[str, str]:
    config = folder / "csbot.toml"
    config.write_text(
        CONFIG.format(interval=1 / plan.scale, per_minute=round(case.per_minute * plan.scale))
    )
    return {
        "CSBOT_CONFIG": str(config),
        "CSBOT_LOG_LEVEL": "ERROR",
        "DATABASE_URL": url,
        "SLACK_API_URL": running.api_url,
        "SLACK_BOT_TOKEN": running.workspace.bot_token,
    }


def _room(number: int) -> str:
    return f"C{number:04d}"


def _routine(case: Case) -> list[Outgoing]:
    return [
        Outgoing(
            Said(sentence=f"routine {n}"), _room(n % case.channels), f"routine:{n}",
            priority=Priority.ROUTINE,
        )
        for n in range(case.messages)
    ]  # fmt: skip


def _ask(sessions: sessionmaker[Session], items: list[Outgoing]) -> None:
    with sessions.begin() as session:
        enqueue_many(session, items, now=clock.now())


def _interrupt(
    slack: Workspace, sessions: sessionmaker[Session], case: Case, plan: Plan
) -> dict[str, datetime]:
    """Urgent ones while the first half of the rest goes out; when each was asked for."""
    asked = {}
    for number in range(plan.urgent):
        _wait_until(slack, (number + 1) * case.messages // (2 * plan.urgent) + number, plan)
        text = f"urgent {number}"
        room = _room(number % case.channels)
        urgent = Outgoing(Said(sentence=text), room, text, priority=Priority.URGENT)
        asked[text] = clock.now()
        _ask(sessions, [urgent])
    return asked


def _wait_until(slack: Workspace, posted: int, plan: Plan) -> None:
    until = clock.steady() + plan.patience
    while len(_posts(slack.calls)) < posted:
        if clock.steady() > until:
            raise RuntimeError(f"only {len(_posts(slack.calls))} of {posted} were posted")
        Event().wait(0.02)


def _posts(calls: list[CallRecord]) -> list[CallRecord]:
    return [call for call in calls if call.method == "chat.postMessage" and call.ok]


def _seen(calls: list[CallRecord], asked: dict[str, datetime], plan: Plan) -> Seen:
    posts = _posts(calls)
    at = [datetime.fromisoformat(post.at) for post in posts]
    texts = [str(post.args["text"]) for post in posts]
    waits = [(at[texts.index(text)] - then).total_seconds() for text, then in asked.items()]
    return Seen(
        took=(at[-1] - at[0]).total_seconds() * plan.scale,
        waits=[wait * plan.scale for wait in waits],
        refused=sum(call.status == 429 for call in calls),
        posted=len(set(texts)),
    )


def _cells(case: Case, seen: Seen) -> list[str]:
    total = case.messages + len(seen.waits)
    whole = replace(case, messages=total)
    share = whole.allowed / seen.took
    left = case.allowed * 3 / 4  # behind all that waits, on average over when they were asked for
    good = share >= PACE and max(seen.waits) <= URGENT_AFTER and seen.refused == 0
    return [
        f"{share:.1%}", f"{median(seen.waits):.2f} s", f"{max(seen.waits):.2f} s", f"{left:.0f} s",
        f"{(total - 1) / seen.took:.2f}", f"{(total - 1) / whole.allowed:.2f}",
        str(seen.refused), verdict(good and seen.posted == total),
    ]  # fmt: skip
