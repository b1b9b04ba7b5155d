"""A playbook from its cause to its end: each step once, at its time, with its trace."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account, AccountPipeline, AccountTag, PipelineMove
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks import versions
from csbot.playbooks.going import Batch, load
from csbot.playbooks.model import PlaybookAlert, PlaybookRun, PlaybookStep
from csbot.playbooks.steps import state
from csbot.points import PointsEntry
from csbot.settings import Settings
from csbot.tasks.model import Task
from tests import builders
from tests.unit.playing import MONDAY, Stage

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(sessions, tmp_path) -> Stage:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    return Stage(sessions, Settings.load(), folder)


@pytest.fixture
def world(stage) -> dict[str, int]:
    with stage.sessions.begin() as session:
        manager = builders.member("Priya Shah", role="manager")
        session.add(manager)
        session.flush()
        dana = builders.member(manager_id=manager.id)
        session.add(dana)
        session.flush()
        acme = builders.account(owner_id=dana.id, arr=48_000)
        globex = builders.account("Globex", owner_id=dana.id, arr=9_000)
        session.add_all([acme, globex])
        session.flush()
        ann = builders.contact(acme.id)
        session.add(ann)
        session.flush()
        return {"acme": acme.id, "globex": globex.id, "dana": dana.id, "ann": ann.id}


def give_feedback(stage: Stage, account_id: int, score: int = 9) -> None:
    with stage.sessions.begin() as session:
        session.add(builders.feedback(account_id, score, at=stage.now, negative=score <= 6))


def runs(session: Session, name: str = "thanks") -> list[PlaybookRun]:
    query = select(PlaybookRun).where(PlaybookRun.playbook == name).order_by(PlaybookRun.id)
    return list(session.scalars(query))


def steps(session: Session) -> list[tuple[str, str, str]]:
    query = select(PlaybookStep.step, PlaybookStep.kind, PlaybookStep.outcome)
    return [tuple(row) for row in session.execute(query.order_by(PlaybookStep.id))]


FEEDBACK = {"event": "feedback.received"}


def test_each_kind_of_state_is_changed_once_and_leaves_its_trace(stage, world):
    stage.write(
        "thanks",
        trigger=FEEDBACK,
        steps=[
            {"tag": {"add": ["Very Happy"]}},
            {"pipeline": {"name": "User Happiness Level", "stage": "Very Happy"}},
            {"score": {"points": 50, "reason": "Feedback: very happy"}},
            {"field": {"set": {"lifecycle_stage": "advocate", "custom.praised": True}}},
            {"task": {"title": "Thank {{ account.name }}", "due": "2 working days"}},
            {"notify": {"text": "{{ account.name }} is very happy."}},
            {"alert": {"title": "{{ account.name }} could be a reference", "severity": "info"}},
        ],
    )
    stage.play()
    give_feedback(stage, world["acme"])
    did = stage.play(MINUTE)
    again = stage.play(MINUTE)

    assert (did.started, did.steps, did.failed) == (1, 7, 0)
    assert (again.started, again.steps) == (0, 0)
    with stage.sessions() as session:
        acme = session.get_one(Account, world["acme"])
        assert (acme.score, acme.lifecycle_stage, acme.custom["praised"]) == (50, "advocate", True)
        assert session.scalars(select(AccountTag.tag)).all() == ["Very Happy"]
        assert session.scalar(select(AccountPipeline.stage)) == "Very Happy"
        move = session.scalars(select(PipelineMove)).one()
        run = runs(session)[0]
        assert (move.came_from, move.run_id) == (None, run.id)
        entry = session.scalars(select(PointsEntry)).one()
        assert (entry.points, entry.run_id) == (50, run.id)
        task = session.scalars(select(Task)).one()
        assert (task.title, task.assignee_id) == ("Thank Acme", world["dana"])
        assert task.due_on == (MONDAY + 2 * DAY).date()
        alert = session.scalars(select(PlaybookAlert)).one()
        assert (alert.title, alert.person_id) == ("Acme could be a reference", world["dana"])
        said = session.scalars(
            select(OutgoingMessage).where(OutgoingMessage.message == "playbook_note")
        ).one()
        assert "Acme is very happy." in said.payload["text"]
        assert (run.state, run.step, run.ended_at) == ("finished", None, stage.now - MINUTE)
        verbs = session.scalars(
            select(AuditEntry.verb)
            .where(AuditEntry.subject == f"run:{run.id}")
            .order_by(AuditEntry.id)
        ).all()
        assert verbs == ["playbook.started", *["playbook.done"] * 7, "playbook.finished"]


def test_a_field_keeps_what_another_has_written_since_its_run_was_read(stage, world):
    field = {"field": {"set": {"custom.praised": True}}, "after": "1 day"}
    stage.write("thanks", trigger=FEEDBACK, steps=[field])
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    with stage.sessions.begin() as session:
        [run], force = runs(session), versions.named(session, "thanks")
        known = versions.known(force)[force.version_id].program.instructions.values()
        step = next(one for one in known if one.kind == "field")
        scope = Scope.load(session, stage.settings, stage.now)
        batch = Batch(scope, force.definition, step, load(scope, [run.id], run.step))
        table = Account.__table__
        session.execute(
            table.update().where(table.c.id == world["acme"]).values(custom={"seats": 5})
        )
        state.field(batch)
        session.expire_all()
        acme = session.get_one(Account, world["acme"])
        assert acme.custom == {"seats": 5, "praised": True}


def test_a_filter_and_the_facts_of_the_cause_decide_who_starts_and_which_way_it_goes(stage, world):
    stage.write(
        "thanks",
        trigger=FEEDBACK,
        filter={"account.arr": {"at_least": 10_000}},
        steps=[
            {
                "branch": [
                    {"if": {"trigger.negative": True}, "steps": [{"tag": {"add": ["Not Happy"]}}]},
                    {"if": {"trigger.score": {"at_least": 9}},
                     "steps": [{"tag": {"add": ["Very Happy"]}}]},
                    {"steps": [{"tag": {"add": ["Neutral"]}}]},
                ]
            },
            {"score": {"points": 5, "reason": "Said something"}},
        ],
    )  # fmt: skip
    stage.play()
    for account, score in (("acme", 2), ("acme", 10), ("acme", 7), ("globex", 10)):
        give_feedback(stage, world[account], score)
    assert stage.play(MINUTE).started == 3
    with stage.sessions() as session:
        tags = select(AccountTag.account_id, AccountTag.tag).order_by(AccountTag.tag)
        assert [tuple(row) for row in session.execute(tags)] == [
            (world["acme"], tag) for tag in ("Neutral", "Not Happy", "Very Happy")
        ]
        assert session.get_one(Account, world["acme"]).score == 15
        assert session.get_one(Account, world["globex"]).score == 0


def test_a_delay_counts_the_owners_working_days_and_a_wait_ends_when_its_condition_holds(
    stage, world
):
    stage.write(
        "thanks",
        trigger=FEEDBACK,
        steps=[
            {"tag": {"add": ["first"]}, "after": "5 working days"},
            {"wait": {"until": {"account.tags": {"has": "go"}}, "at_most": "10 days"}},
            {"tag": {"add": ["last"]}},
        ],
    )
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    assert stage.play(5 * DAY).steps == 0  # Saturday
    assert stage.play(2 * DAY).steps == 1 + 1
    assert stage.play(DAY).steps == 0
    with stage.sessions.begin() as session:
        session.add(AccountTag(account_id=world["acme"], tag="go", added_at=stage.now))
    assert stage.play(MINUTE).steps == 2
    with stage.sessions() as session:
        assert runs(session)[0].state == "finished"


def test_patience_has_an_end(stage, world):
    stage.write(
        "thanks",
        trigger=FEEDBACK,
        steps=[
            {"wait": {"until": {"account.tags": {"has": "go"}}, "at_most": "3 days"}},
            {"tag": {"add": ["late"]}},
        ],
    )
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    assert stage.play(3 * DAY - MINUTE).steps == 0
    assert stage.play(MINUTE).steps == 2


def test_exit_criteria_end_a_run_whatever_it_waits_for(stage, world):
    stage.write(
        "thanks",
        trigger=FEEDBACK,
        exit={"account.tags": {"has": "enough"}},
        steps=[{"tag": {"add": ["late"]}, "after": "3 days"}],
    )
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    with stage.sessions.begin() as session:
        session.add(AccountTag(account_id=world["acme"], tag="enough", added_at=stage.now))
    assert stage.play(5 * DAY).ended == 1
    with stage.sessions() as session:
        run = runs(session)[0]
        assert (run.state, run.ended_because) == ("exited", "its exit criteria hold")
        assert session.scalar(select(func.count()).where(AccountTag.tag == "late")) == 0


def test_a_run_keeps_the_policy_that_it_began_with(stage, world):
    stage.write("thanks", trigger=FEEDBACK, steps=[{"tag": {"add": ["old"]}, "after": "1 day"}])
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    stage.write("thanks", trigger=FEEDBACK, steps=[{"tag": {"add": ["new"]}, "after": "1 day"}])
    stage.play(MINUTE)
    give_feedback(stage, world["globex"])
    stage.play(MINUTE)
    stage.play(DAY)
    with stage.sessions() as session:
        tags = select(AccountTag.account_id, AccountTag.tag)
        assert {tuple(row) for row in session.execute(tags)} == {
            (world["acme"], "old"), (world["globex"], "new")
        }  # fmt: skip


def test_runs_stand_still_without_their_file_and_go_on_by_their_own_policy(stage, world):
    stage.write("thanks", trigger=FEEDBACK, steps=[{"tag": {"add": ["old"]}, "after": "1 day"}])
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    (stage.folder / "thanks.yaml").unlink()
    stage.play(MINUTE)
    give_feedback(stage, world["globex"])
    outcome = stage.play(2 * DAY)
    assert (outcome.started, outcome.steps) == (0, 0)
    stage.write("thanks", trigger=FEEDBACK, steps=[{"tag": {"add": ["new"]}}])
    stage.play(MINUTE)
    stage.play(MINUTE)
    with stage.sessions() as session:
        tags = session.execute(select(AccountTag.account_id, AccountTag.tag))
        assert [tuple(row) for row in tags] == [(world["acme"], "old")]


def test_a_detectors_cause_starts_one_run_until_it_goes_away_and_another_when_it_returns(
    stage, world
):
    stage.write(
        "quiet",
        trigger={"detector": "contact.inactive", "with": {"days": 7}},
        steps=[{"tag": {"add": ["Inactive"]}}, {"wait": {"for": "30 days"}}],
    )

    def logs_in() -> None:
        with stage.sessions.begin() as session:
            session.get_one(builders.Contact, world["ann"]).last_login_at = stage.now

    logs_in()
    assert stage.play().started == 0
    assert stage.play(7 * DAY).started == 1
    assert stage.play(DAY).started == 0
    logs_in()
    assert stage.play(MINUTE).ended == 1
    assert stage.play(7 * DAY).started == 1
    with stage.sessions() as session:
        assert [run.state for run in runs(session, "quiet")] == ["exited", "active"]


@pytest.mark.parametrize("reworded", [False, True])
def test_entering_a_condition_is_not_having_fulfilled_it_all_along(stage, world, reworded):
    def write(tag, least=10_000):
        trigger = {"entering": {"account.arr": {"at_least": least}}}
        stage.write("rich", trigger=trigger, steps=[{"tag": {"add": [tag]}}])

    write("rich")
    assert stage.play().started == 0
    with stage.sessions.begin() as session:
        session.get_one(Account, world["globex"]).arr = 20_000
    if reworded:
        write("is rich")
    assert sum(stage.play(MINUTE).started for _ in range(3)) == 1
    write("rich", 5_000)
    with stage.sessions.begin() as session:
        session.get_one(Account, world["globex"]).arr = 9_000
    assert sum(stage.play(MINUTE).started for _ in range(3)) == 0
    with stage.sessions() as session:
        assert session.scalars(select(AccountTag.account_id)).all() == [world["globex"]]


def test_leaving_a_condition_starts_a_run(stage, world):
    stage.write(
        "poor",
        trigger={"leaving": {"account.arr": {"at_least": 10_000}}},
        steps=[{"tag": {"add": ["poor"]}}],
    )
    assert stage.play().started == 0
    with stage.sessions.begin() as session:
        session.get_one(Account, world["acme"]).arr = 500
    assert stage.play(MINUTE).started == 1
    assert stage.play(MINUTE).started == 0


@pytest.mark.parametrize(
    ("enrol", "days", "started"),
    [
        ("always", [0, 1, 2], [1, 1, 1]),
        ("once", [0, 1, 200], [1, 0, 0]),
        ({"at_most": 2, "per": "10 days"}, [0, 1, 2, 11], [1, 1, 0, 1]),
    ],
)
def test_enrolment_limits(stage, world, enrol, days, started):
    stage.write(
        "thanks", trigger=FEEDBACK, enrol=enrol, steps=[{"score": {"points": 1, "reason": "said"}}]
    )
    stage.play()
    found, day = [], 0
    for next_day in days:
        stage.now += (next_day - day) * DAY
        day = next_day
        give_feedback(stage, world["acme"])
        found.append(stage.play(MINUTE).started)
    assert found == started


def test_two_causes_at_once_do_not_pass_a_limit_together(stage, world):
    stage.write("thanks", trigger=FEEDBACK, enrol="once", steps=[{"tag": {"add": ["x"]}}])
    stage.play()
    give_feedback(stage, world["acme"])
    give_feedback(stage, world["acme"], 8)
    assert stage.play(MINUTE).started == 1


def test_a_step_that_fails_for_one_account_fails_for_that_one_alone(stage, world):
    stage.write(
        "thanks",
        trigger=FEEDBACK,
        steps=[
            {"task": {"title": "Send the {{ account.plan }} guide", "due": "1 day"}},
            {"tag": {"add": ["after"]}},
        ],
    )
    with stage.sessions.begin() as session:
        session.get_one(Account, world["acme"]).plan = "Pro"
    stage.play()
    give_feedback(stage, world["acme"])
    give_feedback(stage, world["globex"])
    did = stage.play(MINUTE)
    assert (did.steps, did.failed) == (4, 1)
    with stage.sessions() as session:
        assert session.scalars(select(Task.title)).all() == ["Send the Pro guide"]
        assert session.scalar(select(func.count()).where(AccountTag.tag == "after")) == 2
        why = session.scalar(select(PlaybookStep.note).where(PlaybookStep.outcome == "failed"))
        assert why == "`account.plan` is not known"


def test_playbooks_start_and_stop_one_another_but_not_without_end(stage, world):
    stage.write("first", trigger=FEEDBACK, steps=[{"start": "second"}])
    stage.write("second", trigger={"by_hand": True}, steps=[{"start": "third"}])
    stage.write("third", trigger={"by_hand": True}, steps=[{"start": "second"}])
    stage.write("long", trigger=FEEDBACK, steps=[{"tag": {"add": ["x"]}, "after": "9 days"}])
    stage.write("breaker", trigger=FEEDBACK, steps=[{"stop": "long"}])
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    stage.play(MINUTE)
    with stage.sessions() as session:
        assert [run.state for run in runs(session, "long")] == ["stopped"]
        assert len(runs(session, "second")) + len(runs(session, "third")) == 5
        failed = select(PlaybookStep.note).where(PlaybookStep.outcome == "failed")
        assert session.scalars(failed).all() == [
            "third not started: playbooks start one another without end"
        ]


def test_what_happened_before_a_playbook_was_there_starts_nothing_old(stage, world):
    give_feedback(stage, world["acme"])
    stage.now += 3 * DAY
    stage.write("thanks", trigger=FEEDBACK, steps=[{"tag": {"add": ["x"]}}])
    assert stage.play().started == 0


def test_a_playbook_whose_goal_is_reached_says_so_and_goes_on(stage, world):
    stage.write(
        "thanks",
        trigger=FEEDBACK,
        goal={"condition": {"account.tags": {"has": "won"}}, "within": "14 days"},
        steps=[{"tag": {"add": ["end"]}, "after": "20 days"}],
    )
    stage.play()
    give_feedback(stage, world["acme"])
    stage.play(MINUTE)
    with stage.sessions.begin() as session:
        session.add(AccountTag(account_id=world["acme"], tag="won", added_at=stage.now))
    stage.play(DAY)
    with stage.sessions() as session:
        run = runs(session)[0]
        assert (run.state, run.goal_at) == ("active", stage.now)
