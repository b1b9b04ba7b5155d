"""Playbooks under kills and many workers: what Slack received and what was written, each once."""

import os
import signal
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from csbot import clock
from csbot.accounts.model import Account
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks import engine
from csbot.playbooks.model import PlaybookRun, PlaybookStep
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.touches.model import Touch
from csbot.wiring import wire
from csbot.workspace.server import RunningWorkspace
from tests.builders import account, contact, feedback
from tests.faults.processes import ended
from tests.faults.rig import Rig, settings_for
from tests.forked import context
from tests.unit.playing import Stage

CUSTOMERS = 12
STEPS = ("tag", "tell", "points", "call", "either", "praise", "write", "again")
SAID = {
    "trigger": {"event": "feedback.received"},
    "touches": "send",
    "steps": [
        {"id": "tag", "tag": {"add": ["Happy"]}},
        {"id": "tell", "notify": {"text": "{{ account.name }} has written."}},
        {"id": "points", "score": {"points": 5, "reason": "Feedback"}},
        {"id": "call", "task": {"title": "Call {{ account.name }}", "due": "1 day"}},
        {
            "id": "either",
            "branch": [
                {
                    "if": {"account.tags": {"has": "Happy"}},
                    "steps": [{"id": "praise", "notify": {"text": "{{ account.name }}: happy."}}],
                }
            ],
        },
        {"id": "write", "email": {"subject": "Thank you", "text": "Thank you."}},
        {"id": "again", "start": "second"},
    ],
}
SECOND = {
    "trigger": {"by_hand": True},
    "steps": [{"notify": {"text": "{{ account.name }} a second time."}}],
}


def settings(api_url: str, database_url: str, folder: Path) -> Settings:
    made = settings_for(api_url, database_url)
    env = made.env.model_copy(update={"csbot_playbooks_dir": folder})
    return Settings(env=env, config=made.config)


def play(where: tuple[str, str, Path], crash_at: str | int | None) -> None:
    """One pass, which a named point or the statement of a number ends."""
    wiring = wire(settings(*where))
    if isinstance(crash_at, str):
        os.environ["CSBOT_CRASH_AT"] = crash_at
    elif crash_at is not None:
        _die_at(wiring.engine, crash_at)
    engine.run_due(wiring.sessions, settings=wiring.settings, now=clock.now())


def _die_at(database: Engine, number: int) -> None:
    left = [number]

    def count(*_: Any) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database, "before_cursor_execute", count)


class Floor:
    """Twelve customers who have all written, a playbook about it, and workers."""

    def __init__(self, rig: Rig, where: tuple[str, str, Path]) -> None:
        self.rig, self.where, self.sessions = rig, where, rig.wiring.sessions
        stage = Stage(self.sessions, settings(*where), where[2])
        stage.write("first", **SAID)
        stage.write("second", **SECOND)
        self.play()
        with self.sessions.begin() as session:
            for n in range(CUSTOMERS):
                made = account(f"Customer {n:02}", domain=f"c{n}.example", channel="CA")
                session.add(made)
                session.flush()
                person = contact(made.id, email=f"ann@c{n}.example")
                session.add(person)
                session.flush()
                said = feedback(made.id, 9, at=clock.now(), negative=False, contact_id=person.id)
                session.add(said)

    def play(self) -> engine.Outcome:
        return engine.run_due(self.sessions, settings=settings(*self.where), now=clock.now())

    def worker(self, crash_at: str | int | None = None) -> Any:
        process = context().Process(target=play, args=(self.where, crash_at))
        process.start()
        return process

    def each_step_and_message_once(self) -> None:
        self.play()
        assert self.play() == engine.Outcome()
        self.rig.drain_out()
        heard = Counter(self.rig.received("CA"))
        assert set(heard.values()) == {1}
        assert len(heard) == 3 * CUSTOMERS
        with self.sessions() as session:
            steps = session.execute(
                select(PlaybookStep.step, func.count()).group_by(PlaybookStep.step)
            )
            assert dict(steps.all()) == {step: CUSTOMERS for step in (*STEPS[:-1], "again", "1")}
            states = session.scalars(select(PlaybookRun.state)).all()
            assert Counter(states) == {"finished": 2 * CUSTOMERS}
            assert set(session.scalars(select(Account.score))) == {5}
            for table in (Task, Touch):
                assert session.scalar(select(func.count()).select_from(table)) == CUSTOMERS
            calls = session.scalars(select(OutgoingMessage.call)).all()
            assert Counter(calls) == {"post": 3 * CUSTOMERS}


@pytest.fixture
def floor(rig: Rig, slack: RunningWorkspace, database_url: str, tmp_path: Path) -> Floor:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    return Floor(rig, (slack.api_url, database_url, folder))


def test_a_worker_that_dies_between_steps_or_slices_leaves_nothing_out_and_nothing_doubled(
    floor: Floor,
) -> None:
    for point in ("playbooks.after_step", "playbooks.after_slice"):
        for _ in range(2):
            assert ended(floor.worker(point)) == 137
    floor.each_step_and_message_once()


def test_workers_killed_at_any_statement_leave_nothing_out_and_nothing_doubled(
    floor: Floor,
) -> None:
    chance = Random(4)  # noqa: S311  the same each time
    for _ in range(6):
        assert ended(floor.worker(chance.randint(8, 90))) in (-signal.SIGKILL, 0)
    floor.each_step_and_message_once()


@pytest.mark.parametrize("workers", [2, 4])
def test_many_workers_at_once_take_each_step_once(floor: Floor, workers: int) -> None:
    at_once = [floor.worker() for _ in range(workers)]
    for process in at_once:
        ended(process)
    floor.each_step_and_message_once()
