"""A meeting is logged whole or not at all, and a promise asked after once, whoever dies when."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot import clock
from csbot.accounts.model import Account
from csbot.alerts import lapsing
from csbot.alerts.model import Alert, AlertPromise
from csbot.checkins.model import CheckIn
from csbot.meetings import debriefs
from csbot.meetings.model import Meeting
from csbot.playbooks import store
from csbot.points import PointsEntry
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.wiring import wire
from csbot.workspace.server import RunningWorkspace
from tests.builders import account, meeting, member
from tests.faults.processes import ended
from tests.faults.rig import Rig, settings_for
from tests.forked import context

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
STEPS = ("after_outcome", "after_checkin", "after_task", "before_commit")
POINTS = ("playbooks.after_step", *(f"debrief.{step}" for step in STEPS))


def log(api_url: str, database_url: str, meeting_id: int, crash_at: str | None) -> None:
    """As the form's handler does it, in one transaction."""
    if crash_at:
        os.environ["CSBOT_CRASH_AT"] = crash_at
    wiring = wire(settings_for(api_url, database_url))
    with wiring.sessions.begin() as session:
        by = session.scalars(select(TeamMember)).one()
        debriefs.happened(
            session, meeting_id=meeting_id, sentiment="positive", note="On track",
            next_step="Send the plan", by=by, now=(now := clock.now()),
            next_step_on=(now + WEEK).date(), settings=wiring.settings,
        )  # fmt: skip


def follow_up(api_url: str, database_url: str, crash_at: str | None) -> None:
    if crash_at:
        os.environ["CSBOT_CRASH_AT"] = crash_at
    wiring = wire(settings_for(api_url, database_url))
    lapsing.follow_up(wiring.sessions, settings=wiring.settings, now=clock.now())


def written(rig: Rig) -> list[int]:
    tables = (CheckIn, Task, PointsEntry)
    with rig.wiring.sessions() as session:
        noted = select(func.count()).where(Meeting.outcome.is_not(None))
        counts = [session.scalar(select(func.count()).select_from(table)) for table in tables]
        return [session.scalar(noted) or 0, *(count or 0 for count in counts)]


@pytest.fixture
def dana(rig: Rig) -> TeamMember:
    with rig.wiring.sessions.begin() as session:
        session.add(made := member())
    return made


def test_a_meeting_whose_logging_is_killed_in_the_middle_is_not_logged_at_all(
    rig: Rig, slack: RunningWorkspace, database_url: str, dana: TeamMember
) -> None:
    with rig.wiring.sessions.begin() as session:
        session.add(held := account("Globex", owner_id=dana.id))
        session.flush()
        session.add(met := meeting(held.id, starts_at=clock.now() - HOUR, organizer_id=dana.id))
        store.sync(session, settings=rig.wiring.settings, now=clock.now())
    for point in (*POINTS, None):
        process = context().Process(target=log, args=(slack.api_url, database_url, met.id, point))
        process.start()
        assert ended(process) == (137 if point else 0)
        assert written(rig) == ([0] * 4 if point else [1] * 4)
    with rig.wiring.sessions() as session:
        assert session.scalar(select(Account.score)) == 30


def test_a_promise_is_asked_after_once_by_whoever_dies_after_it(
    rig: Rig, slack: RunningWorkspace, database_url: str, dana: TeamMember
) -> None:
    now = clock.now()
    with rig.wiring.sessions.begin() as session:
        session.add(held := account("Globex", owner_id=dana.id))
        session.flush()
        session.add(
            taken := Alert(
                kind="unowned", account_id=held.id, severity="soon", evidence={}, fingerprint="x",
                channel="CA", since=now, opened_at=now, changed_at=now, posted_at=now,
                state="taken", taken_by_id=dana.id, taken_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(AlertPromise(alert_id=taken.id, member_id=dana.id, made_at=now, due_at=now))
    for crash_at in ("promises.after_slice", None):
        process = context().Process(target=follow_up, args=(slack.api_url, database_url, crash_at))
        process.start()
        assert ended(process) == (137 if crash_at else 0)
    rig.drain_out()
    assert len(rig.told("U_DANA")) == 1
