"""What goes wrong in one playbook, for one account or for weeks, and what it must not touch."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, select, update

from csbot.accounts.model import Account, AccountTag
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import detect
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.meetings.model import Meeting
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks import enrol, store
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookStep, PlaybookVersion
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.tickets.senders import READERS
from csbot.touches.model import Touch
from tests import builders
from tests.unit.playing import Stage

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FEEDBACK = {"event": "feedback.received"}


@pytest.fixture
def stage(sessions, tmp_path) -> Stage:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    return Stage(sessions, Settings.load(), folder)


@pytest.fixture
def ids(stage) -> list[int]:
    """Three accounts with one person each."""
    with stage.sessions.begin() as session:
        made = [builders.account(name) for name in ("Acme", "Globex", "Initech")]
        session.add_all(made)
        session.flush()
        session.add_all(builders.contact(one.id, f"Ann {one.name}", email=f"a@{one.domain}")
                        for one in made)  # fmt: skip
        return [one.id for one in made]


def test_what_is_about_a_meeting_that_is_gone_ends_without_a_word(stage, ids):
    """Nobody is told that words about it could not be written: there is nothing to write."""
    letter = {"to": "contact", "subject": "{{ meeting.title }}", "text": "See you."}
    stage.write("booked", trigger={"event": "meeting.booked"},
                steps=[{"id": "invite", "after": "1 hour", "email": letter}])  # fmt: skip
    stage.play()
    stage.now += MINUTE
    with stage.sessions.begin() as session:
        starts = {"starts_at": stage.now + DAY, "created_at": stage.now}
        session.add_all([builders.member(role="manager"), builders.meeting(ids[0], **starts)])
    stage.play(MINUTE)
    with stage.sessions.begin() as session:
        session.execute(delete(Meeting))
    assert stage.play(2 * HOUR).failed == 0
    with stage.sessions() as session:
        (run,) = session.scalars(select(PlaybookRun))
        assert (run.state, run.ended_because) == ("exited", "the meeting it was about is gone")
        assert session.scalars(select(PlaybookStep.outcome)).all() in ([], ["done"])
        assert session.scalars(select(OutgoingMessage.message)).all() == []


def test_what_a_ticket_began_ends_where_it_does_not_belong_and_begins_where_it_does(stage, ids):
    asked = {"event": "ticket.opened"}
    stage.write("slow", trigger=asked, steps=[{"after": "1 hour", "tag": {"add": ["asked"]}}])
    stage.write(
        "fast",
        trigger=asked,
        steps=[{"alert": {"severity": "soon", "title": "Help", "next": "Ask."}}],
    )
    with stage.sessions.begin() as session:
        session.add(builders.member(role="manager"))
    stage.play()
    stage.now += MINUTE
    opened = {"id": "7", "status": "open", "at": stage.now.isoformat()}
    take(stage, opened | {"email": "new@acme.example"})
    stage.play(MINUTE)
    assert alerts(stage) == [ids[0]]
    take(stage, opened | {"email": "a@globex.example"})
    assert alerts(stage) == []
    stage.play(MINUTE)
    assert alerts(stage) == [ids[1]]
    stage.play(2 * HOUR)
    assert tagged(stage, "asked") == [ids[1]]
    assert states(stage, "slow") == states(stage, "fast") == ["exited", "finished"]


def take(stage: Stage, body: dict[str, Any]) -> None:
    with stage.sessions.begin() as session:
        READERS["tickets"].apply(session, body, settings=stage.settings, now=stage.now)


def alerts(stage: Stage) -> list[int]:
    """The accounts with an alert of a playbook's, looked at anew."""
    with stage.sessions.begin() as session:
        detect(session, settings=stage.settings, now=stage.now)
        open_ones = Alert.closed_at.is_(None), Alert.kind == "playbook"
        return list(session.scalars(select(Alert.account_id).where(*open_ones)))


def say(stage: Stage, *ids: int) -> None:
    with stage.sessions.begin() as session:
        session.add_all(builders.feedback(id, 9, at=stage.now, negative=False) for id in ids)


def tag(stage: Stage, name: str, *ids: int) -> None:
    with stage.sessions.begin() as session:
        session.add_all(AccountTag(account_id=id, tag=name, added_at=stage.now) for id in ids)


def tagged(stage: Stage, name: str) -> list[int]:
    with stage.sessions() as session:
        query = select(AccountTag.account_id).where(AccountTag.tag == name)
        return sorted(session.scalars(query))


def states(stage: Stage, name: str) -> list[str]:
    with stage.sessions() as session:
        query = select(PlaybookRun.state).where(PlaybookRun.playbook == name)
        return list(session.scalars(query.order_by(PlaybookRun.id)))


def outcomes(stage: Stage) -> list[tuple[str, str]]:
    with stage.sessions() as session:
        query = select(PlaybookStep.step, PlaybookStep.outcome).order_by(PlaybookStep.id)
        return [(step, outcome) for step, outcome in session.execute(query)]


def carry_on(stage: Stage, name: str = "thanks", **said: Any) -> None:
    """Write a playbook, and put it in force."""
    stage.write(name, **{"trigger": FEEDBACK, **said})
    stage.play()


def test_what_one_database_cannot_take_fails_for_that_account_alone(stage, ids):
    points = {"score": {"points": 10, "reason": "said something"}}
    carry_on(stage, steps=[points, {"tag": {"add": ["after"]}}])
    with stage.sessions.begin() as session:
        full = update(Account).where(Account.id == ids[1])
        session.execute(full.values(score=2_147_483_647))  # PostgreSQL counts no further
    say(stage, *ids)
    did = stage.play(MINUTE)
    assert did.steps == 6
    assert did.failed == (stage.sessions.kw["bind"].dialect.name == "postgresql")
    assert tagged(stage, "after") == ids
    assert states(stage, "thanks") == ["finished"] * 3


def test_a_version_that_csbot_cannot_read_any_more_stands_still_and_keeps_nobody_waiting(
    stage, ids
):
    carry_on(stage, steps=[{"tag": {"add": ["old"]}, "after": "1 day"}])
    carry_on(stage, "other", steps=[{"tag": {"add": ["other"]}, "after": "1 day"}])
    say(stage, ids[0])
    stage.play(MINUTE)
    with stage.sessions.begin() as session:
        row = session.scalars(select(PlaybookVersion).where(PlaybookVersion.name == "thanks")).one()
        row.digest = f"of an older csbot, {stage.folder}"
        row.definition = row.definition | {"exit": {"account.no_such_field": 1}}
    (stage.folder / "thanks.yaml").write_text("broken: [", "utf-8")
    did = stage.play(DAY)
    assert (did.steps, did.failed) == (2, 0)
    assert (tagged(stage, "old"), tagged(stage, "other")) == ([], [ids[0]])
    assert states(stage, "thanks") == ["active"]


def test_a_playbook_that_breaks_in_the_looking_breaks_alone(stage, ids):
    carry_on(stage, "aaa", steps=[{"tag": {"add": ["a"]}}])
    carry_on(stage, steps=[{"tag": {"add": ["b"]}}])
    say(stage, ids[0])
    with stage.sessions.begin() as session:
        row = session.scalars(select(PlaybookVersion).where(PlaybookVersion.name == "aaa")).one()
        row.digest = f"of an older csbot, {stage.folder}"
        row.definition = row.definition | {"trigger": {**FEEDBACK, "with": {"gone": 1}}}
    (stage.folder / "aaa.yaml").write_text("broken: [", "utf-8")
    did = stage.play(MINUTE)
    assert (did.started, did.failed) == (1, 1)
    assert (tagged(stage, "a"), tagged(stage, "b")) == ([], [ids[0]])


def test_a_run_whose_next_step_is_not_there_ends_visibly(stage, ids):
    carry_on(stage, steps=[{"tag": {"add": ["late"]}, "after": "1 day"}])
    say(stage, *ids)
    stage.play(MINUTE)
    with stage.sessions.begin() as session:
        run = session.scalars(select(PlaybookRun).where(PlaybookRun.account_id == ids[1])).one()
        run.step, about = "no-such-step", f"run:{run.id}"
    assert stage.play(DAY + MINUTE).failed == 1
    assert tagged(stage, "late") == [ids[0], ids[2]]
    with stage.sessions() as session:
        told = select(AuditEntry.verb, AuditEntry.why).where(AuditEntry.subject == about)
        assert (
            "playbook.stopped",
            "csbot cannot go on with it: its next step cannot be taken",
        ) in [tuple(row) for row in session.execute(told)]


def test_after_three_weeks_nobody_gets_what_was_meant_for_them_then(stage, ids):
    email = {"subject": "Hello", "text": "Hello.", "expires": "2 days"}
    carry_on(
        stage,
        steps=[
            {"id": "first", "email": {**email}, "after": "1 day"},
            {"id": "call", "task": {"title": "Call", "due": "1 day"}},
            {"id": "second", "email": {**email}, "after": "3 days"},
        ],
    )
    say(stage, ids[0])
    stage.play(MINUTE)
    stage.play(21 * DAY)
    assert outcomes(stage)[-2:] == [("first", "skipped"), ("call", "done")]
    stage.play(3 * DAY)
    assert outcomes(stage)[-1] == ("second", "done")
    with stage.sessions() as session:
        assert session.scalars(select(Touch.step)).all() == ["second"]


def test_what_a_step_brings_about_ends_the_run_before_its_next(stage, ids):
    carry_on(
        stage,
        exit={"account.tags": {"has": "enough"}},
        steps=[{"tag": {"add": ["enough"]}}, {"task": {"title": "Call", "due": "1 day"}}],
    )
    say(stage, ids[0])
    assert stage.play(MINUTE).ended == 1
    assert states(stage, "thanks") == ["exited"]
    with stage.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 0


def test_a_playbook_may_stop_itself(stage, ids):
    carry_on(stage, steps=[{"stop": "thanks"}, {"tag": {"add": ["after"]}}])
    say(stage, ids[0])
    stage.play(MINUTE)
    assert states(stage, "thanks") == ["stopped"]
    assert tagged(stage, "after") == []


def test_once_means_once_also_for_who_enters_a_condition_twice_or_is_sent_by_a_playbook(stage, ids):
    carry_on(stage, "in", trigger={"entering": {"account.tags": {"has": "x"}}}, enrol="once",
             steps=[{"score": {"points": 1, "reason": "in"}}])  # fmt: skip
    carry_on(stage, steps=[{"start": "in"}, {"start": "in"}])
    stage.play(MINUTE)
    for _ in range(2):
        tag(stage, "x", ids[0])
        stage.play(MINUTE)
        with stage.sessions.begin() as session:
            session.execute(delete(AccountTag))
        stage.play(MINUTE)
    say(stage, *ids)
    stage.play(MINUTE)
    with stage.sessions() as session:
        assert dict(session.execute(select(Account.id, Account.score)).all()) == {
            id: 1 for id in ids
        }  # fmt: skip


def test_who_crosses_while_a_playbook_is_off_starts_nothing_when_it_is_on_again(stage, ids):
    watched = {"entering": {"account.tags": {"has": "x"}}}
    carry_on(stage, "in", trigger=watched, steps=[{"tag": {"add": ["seen"]}}])

    def switch(on: bool) -> None:
        with stage.sessions.begin() as session:
            session.get_one(Playbook, "in").enabled = on
        stage.play(MINUTE)

    switch(False)
    tag(stage, "x", ids[0])
    switch(True)
    stage.play(MINUTE)
    assert tagged(stage, "seen") == []
    tag(stage, "x", ids[1])
    stage.play(MINUTE)
    assert tagged(stage, "seen") == [ids[1]]


def test_an_account_that_is_gone_by_the_time_of_its_turn_is_passed_over(stage, ids):
    carry_on(stage, steps=[{"tag": {"add": ["x"]}}])
    say(stage, *ids)
    with stage.sessions() as session:
        scope = Scope.load(session, stage.settings, stage.now + MINUTE)
        force = next(one for one in store.in_force(session) if one.name == "thanks")
        found = enrol.causes(scope, force)
    with stage.sessions.begin() as session:
        session.execute(delete(Account).where(Account.id == ids[1]))
    with stage.sessions.begin() as session:
        scope = Scope.load(session, stage.settings, stage.now + MINUTE)
        assert enrol.begin(scope, force, found) == 2
    stage.play(MINUTE)
    assert tagged(stage, "x") == [ids[0], ids[2]]


def test_an_account_that_goes_in_the_middle_of_its_runs_takes_them_along(stage, ids):
    carry_on(stage, steps=[{"tag": {"add": ["x"]}}, {"tag": {"add": ["y"]}, "after": "1 day"}])
    say(stage, *ids)
    stage.play(MINUTE)
    with stage.sessions.begin() as session:
        session.execute(delete(Account).where(Account.id == ids[1]))
    did = stage.play(DAY + MINUTE)
    assert (did.steps, did.failed) == (4, 0)
    assert tagged(stage, "y") == [ids[0], ids[2]]


def test_a_clock_that_goes_back_takes_no_step_early_and_none_twice(stage, ids):
    carry_on(stage, steps=[{"tag": {"add": ["x"]}}, {"tag": {"add": ["y"]}, "after": "1 day"}])
    say(stage, ids[0])
    stage.play(MINUTE)
    assert stage.play(-2 * DAY).steps == 0
    assert tagged(stage, "y") == []
    assert stage.play(3 * DAY).steps == 2
    assert states(stage, "thanks") == ["finished"]


def test_working_days_keep_the_owners_time_of_day_when_the_clocks_change(stage, ids):
    with stage.sessions.begin() as session:
        lee = builders.member("Lee Park", timezone="America/New_York")
        session.add(lee)
        session.flush()
        session.execute(update(Account).values(owner_id=lee.id))
    stage.now = stage.now.replace(year=2027, month=3, day=12, hour=15)  # Friday, 10:00 there
    carry_on(stage, steps=[{"tag": {"add": ["x"]}, "after": "1 working day"}])
    say(stage, ids[0])
    stage.play()
    with stage.sessions() as session:
        due = session.scalars(select(PlaybookRun.due_at)).one()
    assert due == stage.now.replace(day=15, hour=14)  # Monday, 10:00: an hour less of UTC


def test_a_pass_with_nothing_to_do_asks_no_more_of_many_accounts_than_of_few(stage, ids):
    wait = {"until": {"account.tags": {"has": "go"}}, "at_most": "30 days"}
    carry_on(
        stage,
        exit={"account.tags": {"has": "x"}},
        goal={"condition": {"account.arr": {"above": 1_000_000}}, "within": "9 days"},
        steps=[{"wait": wait}],
    )

    def statements() -> int:
        say(stage, *ids)
        stage.play(MINUTE)
        seen: list[str] = []
        with listening(lambda *args: seen.append(args[2])):
            assert stage.play(MINUTE).steps == 0
        return len(seen)

    few = statements()
    with stage.sessions.begin() as session:
        more = [builders.account(f"More {n}", domain=f"m{n}.example") for n in range(600)]
        session.add_all(more)
        session.flush()
        ids.extend(one.id for one in more)
    assert statements() == few


@contextmanager
def listening(note: Any) -> Iterator[None]:
    """To every statement, on whatever connection."""
    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
