"""The outbox against a model: any order of asking, sending, failing, crashing and waiting."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from csbot import clock
from csbot.away.model import Absence
from csbot.db.tables import metadata
from csbot.outbox.claim import Claimed, Wait, claim
from csbot.outbox.deliver import Courier, Frozen
from csbot.outbox.model import Lane, OutgoingMessage
from csbot.outbox.outcome import Outcome
from csbot.outbox.queue import Outgoing, enqueue_homes, enqueue_many, enqueue_update
from csbot.outbox.settle import settle
from csbot.settings import Config, Environment, Settings
from csbot.slack.directory import Directory
from csbot.slack.gateway import (
    ChannelInfo,
    OutcomeUnknown,
    Posted,
    RateLimited,
    RefusedBySlack,
)
from csbot.slack.model import Channel
from csbot.team.model import TeamMember
from messages.said import Said

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ROOMS = ("C1", "C2")
LEASE = 60.0
MOODS = ("fine", "fine", "lost before", "lost after", "ratelimited", "refuses")


class PaperSlack:
    """Keeps what it accepted; its mood decides what the caller hears. It stands for Slack only."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str, str]] = []
        self.rewritten: dict[str, str] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.mood = "fine"

    def open_direct(self, user: str) -> str:
        return f"D{user}"

    def channel(self, channel: str) -> ChannelInfo:
        return ChannelInfo(channel, channel.lower(), False, False, False, True)

    def post(self, channel: str, payload: dict[str, Any], *, key: str, **_: Any) -> Posted:
        self._before()
        self.accepted.append((channel, key, payload["text"]))
        self._after()
        return Posted(channel, str(len(self.accepted)))

    def update(self, channel: str, ts: str, payload: dict[str, Any]) -> None:
        self._before()
        self.rewritten[ts] = payload["text"]
        self._after()

    def publish_home(self, user: str, view: dict[str, Any]) -> None:
        self._before()
        self.homes[user] = view
        self._after()

    def find_posted(self, channel: str, key: str, **_: Any) -> Posted | None:
        if self.mood == "ratelimited":
            raise RateLimited(timedelta(seconds=1))
        for number, (room, known, _text) in enumerate(self.accepted, 1):
            if (room, known) == (channel, key):
                return Posted(channel, str(number))
        return None

    def _before(self) -> None:
        if self.mood == "lost before":
            raise OutcomeUnknown("reset")
        if self.mood == "ratelimited":
            raise RateLimited(timedelta(seconds=1))
        if self.mood == "refuses":
            raise RefusedBySlack("msg_blocks_too_long")

    def _after(self) -> None:
        if self.mood == "lost after":
            raise OutcomeUnknown("reset")


class OutboxMachine(RuleBasedStateMachine):
    """A crash forgets what was claimed or heard; a freeze keeps a claim past its lease."""

    steady = 1000.0  # the steady clock, which only this machine moves

    @initialize()
    def begin(self) -> None:
        self.engine = _database()
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        self.slack = PaperSlack()
        self.settings = Settings(env=Environment(**_NO_ENVIRONMENT), config=Config())
        self.courier = Courier(
            self.slack,  # type: ignore[arg-type]  # only what a courier calls
            Directory(self.sessions, self.slack),  # type: ignore[arg-type]
            [],
            lambda person, _: {"blocks": [], "seen": self.changes[person]},
        )
        self.changes = Counter[str]()  # of what each person's Home shows
        self.frozen: list[Claimed] = []
        self.asked: list[str] = []
        self.wanted: dict[str, str] = {}  # what each message is to say in the end
        self.ask(ROOMS[0], False)

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self._come_to_rest()
            self.engine.dispose()

    @rule(room=st.sampled_from(ROOMS), again=st.booleans())
    def ask(self, room: str, again: bool) -> None:
        key = self.asked[-1] if again and self.asked else f"m{len(self.asked)}"
        with self.sessions.begin() as session:
            enqueue_many(session, [Outgoing(Said(sentence=key), room, key)], now=NOW)
        if key not in self.asked:
            self.asked.append(key)
            self.wanted[key] = key

    @rule(number=st.integers(0, 9))
    def rewrite(self, number: int) -> None:
        target = self.asked[-1 - number % len(self.asked)]
        self.wanted[target] = f"{target}, again {number}"
        with self.sessions.begin() as session:
            message = Said(sentence=self.wanted[target])
            enqueue_update(session, message, target=target, now=NOW)

    @rule(person=st.sampled_from(["U1", "U2"]))
    def change_home(self, person: str) -> None:
        self.changes[person] += 1
        with self.sessions.begin() as session:
            enqueue_homes(session, [person], now=NOW)

    @rule(mood=st.sampled_from(MOODS), crash=st.sampled_from(["never", "never", "early", "late"]))
    def attempt(self, mood: str, crash: str) -> None:
        """A worker claims, sends and writes down, unless it crashes before or after sending."""
        found = self._claim()
        if isinstance(found, Claimed) and crash != "early":
            self._send(found, mood, write_down=crash == "never")

    @rule(seconds=st.sampled_from([0.0, 70.0]))
    def freeze(self, seconds: float) -> None:
        """A worker stands still with a message in hand, perhaps until its lease is over."""
        found = self._claim()
        if isinstance(found, Claimed):
            self.frozen.append(found)
        OutboxMachine.steady += seconds

    @precondition(lambda self: self.frozen)
    @rule(mood=st.sampled_from(MOODS))
    def thaw(self, mood: str) -> None:
        self._send(self.frozen.pop(0), mood, write_down=True)

    def _send(self, claimed: Claimed, mood: str, *, write_down: bool) -> None:
        self.slack.mood = mood
        with suppress(Frozen):
            outcome = self.courier.deliver(claimed, now=NOW)
            if write_down:
                self._settle(claimed, outcome)

    @rule(seconds=st.sampled_from([1.1, 1.1, 20.0, 70.0]))
    def time_passes(self, seconds: float) -> None:
        OutboxMachine.steady += seconds

    @invariant()
    def nothing_is_there_twice(self) -> None:
        if hasattr(self, "slack"):
            assert set(Counter(self.slack.accepted).values()) <= {1}

    def _come_to_rest(self) -> None:
        """Slack is well again and time goes by: everything asked for is there, or was refused."""
        self.slack.mood = "fine"
        for _ in range(400):
            found = self._claim()
            if isinstance(found, Wait):
                if found.seconds is None:
                    break
                OutboxMachine.steady += found.seconds + 0.001
                continue
            self._settle(found, self.courier.deliver(found, now=NOW))
        self.nothing_is_there_twice()
        rows = self._posts()
        assert {row.state for row in rows} <= {"sent", "dead"}
        for person, last in self._homes().items():
            assert last == "dead" or self.slack.homes[person]["seen"] == self.changes[person]
        sent = {row.key: row for row in rows if row.state == "sent" and row.key in self.wanted}
        assert len(self.slack.accepted) == len(sent) + self._notices()
        for key, row in sent.items():
            first = self.slack.accepted[int(row.slack_ts or 0) - 1][2]
            assert self.slack.rewritten.get(row.slack_ts or "", first) == self.wanted[key]

    def _homes(self) -> dict[str, str]:
        """How the newest call for each person's Home ended."""
        with self.sessions() as session:
            calls = select(OutgoingMessage).where(OutgoingMessage.call == "home")
            rows = session.scalars(calls.order_by(OutgoingMessage.id))
            return {row.lane: row.state for row in rows}

    def _notices(self) -> int:
        with self.sessions() as session:
            sent = OutgoingMessage.message == "delivery_trouble", OutgoingMessage.state == "sent"
            return session.scalar(select(func.count()).where(*sent)) or 0

    def _posts(self) -> list[OutgoingMessage]:
        with self.sessions() as session:
            posts = select(OutgoingMessage).where(OutgoingMessage.call == "post")
            return list(session.scalars(posts))

    def _claim(self) -> Claimed | Wait:
        with self.sessions.begin() as session:
            return claim(session, now=NOW, wall=NOW, delivery=self.settings.config.delivery)

    def _settle(self, claimed: Claimed, outcome: Outcome) -> None:
        with self.sessions.begin() as session:
            settle(session, claimed, outcome, settings=self.settings, now=NOW)


_NO_ENVIRONMENT: dict[str, Any] = {"slack_bot_token": "xoxb-none", "csbot_admins": ["U_ADMIN"]}


def _database() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    needed = [OutgoingMessage, Lane, Channel, TeamMember, Absence]
    metadata.create_all(engine, tables=[metadata.tables[t.__tablename__] for t in needed])
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None


def test_no_order_of_events_loses_or_doubles_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "steady", lambda: OutboxMachine.steady)
    run_state_machine_as_test(
        OutboxMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_worker_that_slept_past_its_lease_leaves_the_message_to_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "steady", lambda: OutboxMachine.steady)
    machine = OutboxMachine()
    machine.begin()
    machine.freeze(70.0)
    machine.attempt("fine", "never")
    machine.thaw("fine")
    machine.teardown()
