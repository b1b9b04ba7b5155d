"""What came of a playbook's runs, and of promises to finish something by a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.results import results
from csbot.settings import Settings
from csbot.shares import Share
from csbot.tasks.queries import completion
from tests import builders
from tests.builders import MONDAY
from tests.unit.playing import Stage

DAY = timedelta(days=1)
STEPS = [{"wait": {"for": "20 days"}}]
PRAISED = {"condition": {"account.tags": {"has": "Praised"}}, "within": "14 days"}


@pytest.fixture
def stage(sessions, tmp_path) -> Stage:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    return Stage(sessions, Settings.load(), folder)


def begun(stage: Stage, count: int, **said) -> None:
    """So many runs of the playbook `thanks`, as a file with a goal would have begun them."""
    stage.write("thanks", trigger={"event": "feedback.received"}, steps=STEPS, **said)
    stage.play()
    with stage.sessions.begin() as session:
        rows = [builders.account(f"Customer {nth}") for nth in range(count)]
        session.add_all(rows)
        session.flush()
        session.add_all(builders.feedback(row.id, at=stage.now) for row in rows)
    assert stage.play(timedelta(minutes=1)).started == count


def became(stage: Stage, *states: str, reached: int = 0) -> None:
    """The first runs end so; the first of them reached what they are for."""
    with stage.sessions.begin() as session:
        runs = list(session.scalars(select(PlaybookRun).order_by(PlaybookRun.id)))
        for run, state in zip(runs, states, strict=False):
            run.state = state
        for run in runs[:reached]:
            run.goal_at = stage.now


def told(stage: Stage, *, since: datetime | None = None):
    with stage.sessions() as session:
        return results(session, "thanks", since or stage.now - 90 * DAY, stage.now)


def test_runs_are_counted_by_what_became_of_them(stage):
    begun(stage, 6, goal=PRAISED)
    became(stage, "finished", "exited", "exited", "stopped", "paused", reached=2)
    found = told(stage)
    assert (found.started, found.under_way, found.finished) == (6, 2, 1)
    assert (found.exited, found.stopped, found.reached) == (2, 1, 2)
    later = told(stage, since=stage.now + DAY)
    assert (later.started, later.reached, later.share) == (0, 0, None)


def test_a_share_counts_runs_once_their_time_for_the_goal_is_up(stage):
    begun(stage, 4, goal=PRAISED)
    became(stage, reached=1)
    early = told(stage)
    assert (early.reached, early.share, early.low, early.high) == (1, None, 0.0, 1.0)
    stage.now += 14 * DAY
    found = told(stage)
    assert (found.goal, found.share) == (Share(1, 4), 0.25)
    assert (round(found.low, 3), round(found.high, 3)) == (0.046, 0.699)


def test_a_playbook_without_a_goal_has_no_share(stage):
    begun(stage, 2)
    stage.now += 60 * DAY
    assert told(stage).goal == Share(0, 0)


def test_each_version_is_judged_by_its_own_time(stage):
    begun(stage, 1, goal=PRAISED)
    stage.write("thanks", trigger={"event": "feedback.received"}, steps=STEPS,
                goal=PRAISED | {"within": "60 days"})  # fmt: skip
    stage.play(timedelta(minutes=1))
    with stage.sessions.begin() as session:
        row = builders.account("Globex")
        session.add(row)
        session.flush()
        session.add(builders.feedback(row.id, at=stage.now))
    stage.play(timedelta(minutes=1))
    became(stage, reached=2)
    stage.now += 15 * DAY
    assert (told(stage).reached, told(stage).goal) == (2, Share(1, 1))


@pytest.mark.parametrize(
    ("share", "bounds"),
    [
        (Share(0, 0), (0.0, 1.0)),
        (Share(0, 10), (0.0, 0.278)),
        (Share(10, 10), (0.722, 1.0)),
        (Share(5, 10), (0.237, 0.763)),
        (Share(81, 263), (0.255, 0.366)),
    ],
)
def test_the_interval_is_wilsons(share, bounds):
    assert tuple(round(one, 3) for one in share.bounds) == bounds


def test_tasks_done_by_the_end_of_their_day_where_that_is(sessions):
    """Friday ends in Auckland while it is still Friday morning in London."""
    friday = date(2026, 11, 20)
    with sessions.begin() as session:
        priya = builders.member("Priya Shah", role="manager")
        session.add(priya)
        session.flush()
        aroha = builders.member("Aroha", timezone="Pacific/Auckland", manager_id=priya.id)
        dana = builders.member(manager_id=priya.id)
        session.add_all([aroha, dana])
        session.flush()
        acme = builders.account(owner_id=dana.id)
        stray = builders.account("Stray")
        session.add_all([acme, stray])
        session.flush()
        noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
        for who, done_at in ((aroha.id, noon), (dana.id, noon), (None, None), (priya.id, noon)):
            session.add(builders.task(acme.id, due_on=friday, done_at=done_at, assignee_id=who,
                                      done_by_id=who))  # fmt: skip
        session.add(builders.task(acme.id, due_on=MONDAY.date(), assignee_id=dana.id))
        session.add(builders.task(acme.id, due_on=friday - 60 * DAY, assignee_id=dana.id))
        session.add(builders.task(stray.id, due_on=friday))
        found = completion(session, since=friday - 30 * DAY, now=MONDAY)
        assert found == {
            aroha.id: Share(0, 1), dana.id: Share(1, 2), priya.id: Share(1, 1), None: Share(0, 1),
        }  # fmt: skip
