"""Taking back the last thing one did: all of it, while it is fresh, and only one's own."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from csbot.accounts import service as accounts
from csbot.accounts.snoozing import snooze_account
from csbot.accounts.timeline import timeline
from csbot.alerts import service as alerts
from csbot.alerts import verdicts
from csbot.alerts.acting import told
from csbot.alerts.handover import reassign
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry, stands
from csbot.away.service import say_away
from csbot.checkins.service import log_checkin
from csbot.db.base import Base
from csbot.db.engine import open_database, session_factory
from csbot.errors import Forbidden, Refused
from csbot.feedback import happiness
from csbot.feedback.service import record_feedback
from csbot.meetings import debriefs
from csbot.meetings import service as meetings
from csbot.meetings.model import Debrief
from csbot.onboarding import first_value, people, requirements
from csbot.onboarding import service as onboarding
from csbot.onboarding.stages import Role, find
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.playbooks.triggers.look import Look, Parameters
from csbot.playbooks.triggers.work import meeting_booked
from csbot.points import Won, enter
from csbot.renewals import closing
from csbot.renewals import service as renewals
from csbot.settings import Config, Environment, Settings
from csbot.tasks import service as tasks
from csbot.tasks.model import Task
from csbot.team.service import set_preferences
from csbot.undoing.service import undo
from messages.onboarding_requirements import Wanted
from tests import builders, databases
from tests.asking import SETTINGS, Floor, shown
from tests.builders import MONDAY

LATER = timedelta(minutes=2)
HOW = {"now": MONDAY, "settings": SETTINGS}
# Records of what went on, which say so of an act and of its way back alike.
RECORDS = {"audit", "outbox", "pipeline_history"}
TOUCHED = {"updated_at", "changed_at", "version", "undo", "undo_until", "added_at", "since",
           "escalate_at", "dm_at", "ping", "post_at", "fingerprint", "reminded"}  # fmt: skip
ENDS = {
    "alerts": "closed_at",
    "alert_promises": "ended_at",
    "renewals": "closed_at",
    "absences": "ended_at",
}  # what is over is a record, too


class Place(Floor):
    """Acme has an unhappy answer, a task, a meeting and a renewal; Globex is in onboarding."""

    def __post_init__(self) -> None:
        super().__post_init__()
        add = self.session.add_all
        self.task = builders.task(self.acme.id, assignee_id=self.dana.id)
        self.meeting = builders.meeting(self.acme.id, starts_at=MONDAY - timedelta(hours=2))
        self.feedback = builders.feedback(self.acme.id)
        self.renewal = builders.renewal(self.acme.id, due_on=self.acme.renewal_on)
        self.acme.contract_months = 12
        add([self.task, self.meeting, self.feedback, self.renewal])
        accounts.add_tag(self.session, account_id=self.acme.id, tag="trial", now=MONDAY)
        self.session.flush()
        self.session.add(Debrief(
            meeting_id=self.meeting.id, member_id=self.dana.id, message="debrief:1",
            asked_at=MONDAY - timedelta(hours=1),
        ))  # fmt: skip
        happiness.show(self.session, happiness.newest(self.session, [self.acme.id]))
        onboarding.start(
            self.session, account_id=self.globex.id, by=self.priya,
            now=MONDAY - timedelta(days=3), settings=SETTINGS,
        )  # fmt: skip
        self.session.flush()
        alerts.detect(
            self.session, settings=SETTINGS, now=MONDAY - timedelta(minutes=30), at_once=True
        )

    def alert(self, kind: str = "feedback") -> Alert:
        return self.session.scalars(select(Alert).where(Alert.kind == kind)).one()

    def undo(self, by=None, after: timedelta = LATER):
        """Refused, nothing is kept of it, as in a transaction of its own."""
        self.session.flush()
        with self.session.begin_nested():
            return undo(self.session, by=by or self.dana, now=MONDAY + after, settings=SETTINGS)

    def everything(self) -> dict[str, list[tuple]]:
        """Each table's rows, without what only says that something went on."""
        self.session.flush()
        found = {}
        for table in Base.metadata.sorted_tables:
            if table.name not in RECORDS:
                columns = [c for c in table.c if c.name not in TOUCHED]
                end = ENDS.get(table.name)
                ends = [table.c[end].is_(None)] if end else []
                rows = self.session.connection().execute(select(*columns).where(*ends)).all()
                found[table.name] = sorted(map(repr, rows))
        return found


@pytest.fixture(scope="module", params=databases.KINDS)
def found(request, tmp_path_factory):
    """One place for all tests on a database: to set it up takes longer than most of them."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        url = databases.copy_of_template(template, tmp_path_factory.mktemp("undo"))
    else:
        url = request.getfixturevalue("postgres_url")
    engine = open_database(url)
    with session_factory(engine)() as session:
        place = Place(session)
        yield place, place.everything()
        session.rollback()
    engine.dispose()


@pytest.fixture
def place(found):
    """As it was set up: what a test does in it is rolled back."""
    place, _ = found
    with place.session.begin_nested() as savepoint:
        yield place
        savepoint.rollback()


@pytest.fixture
def before(found):
    """All there is before anybody has done anything."""
    return found[1]


def by_hand(account) -> list[str]:
    stage = find(account.process, account.onboarding_stage)
    return [one.key for one in stage.criteria if one.by_hand]


def given(p: Place) -> dict:
    return {"session": p.session, "by": p.dana, **HOW}


ACTS = {
    "assign": lambda p: accounts.assign(account_id=p.acme.id, to=p.lee, why="region", **given(p)),
    "set health": lambda p: accounts.set_health(
        account_id=p.acme.id, score=20, reason="quiet", **given(p)
    ),
    "tag": lambda p: accounts.tag(
        p.session, account_id=p.acme.id, add=["beta"], remove=["trial"], by=p.dana, now=MONDAY
    ),
    "add a task": lambda p: tasks.add_task(
        account_id=p.acme.id, title="Write", due_on=MONDAY.date(), assignee=p.lee, **given(p)
    ),
    "finish a task": lambda p: tasks.finish_task(task_id=p.task.id, **given(p)),
    "log a check-in": lambda p: log_checkin(
        account_id=p.acme.id, note="Called", channel="call", next_step="Send it",
        next_step_on=date(2026, 12, 1), alert_id=p.alert().id, **given(p),
    ),
    "record feedback": lambda p: record_feedback(
        account_id=p.acme.id, kind="nps", score=9, **given(p)
    ),
    "record the first feedback": lambda p: record_feedback(
        account_id=p.globex.id, kind="nps", score=3, **given(p)
    ),
    "add a meeting": lambda p: meetings.add_meeting(
        p.session, account_id=p.acme.id, starts_at=MONDAY + timedelta(days=2), by=p.dana,
        now=MONDAY,
    ),
    "note a meeting": lambda p: meetings.set_outcome(
        meeting_id=p.meeting.id, outcome="attended", notes="well", **given(p)
    ),
    "move a meeting": lambda p: meetings.move_meeting(
        meeting_id=p.meeting.id, starts_at=MONDAY + timedelta(days=3), **given(p)
    ),
    "answer how a meeting went": lambda p: debriefs.happened(
        meeting_id=p.meeting.id, sentiment="positive", note="Fine", next_step="Send it",
        next_step_on=date(2026, 12, 1), **given(p),
    ),
    "reach first value": lambda p: first_value.reach(
        p.session, account_id=p.acme.id, what="a report", by=p.dana, now=MONDAY
    ),
    "name the people": lambda p: people.name(
        p.session, account_id=p.acme.id, people={Role.SUPPORT: p.lee}, by=p.dana, now=MONDAY
    ),
    "write down what they want": lambda p: requirements.save(
        account_id=p.acme.id, wanted=Wanted(why_bought="Parcels"), **given(p)
    ),
    "begin onboarding": lambda p: onboarding.start(account_id=p.acme.id, **given(p)),
    "advance": lambda p: onboarding.advance(
        account_id=p.globex.id, override_reason="They know it well", **given(p) | {"by": p.priya}
    ),
    "tick": lambda p: onboarding.tick(
        p.session, account_id=p.globex.id, stage=p.globex.onboarding_stage,
        ticked=[by_hand(p.globex)[0]], by=p.dana, now=MONDAY,
    ),
    "change a renewal": lambda p: renewals.change(
        renewal_id=p.renewal.id, reason="price", told={"category": "at_risk", "next_step": "Call",
        "next_step_on": date(2026, 12, 1)}, **given(p),
    ),
    "win a renewal": lambda p: closing.win(
        renewal=p.renewal, final_amount=Decimal(60_000), final_months=24, **given(p)
    ),
    "take": lambda p: alerts.take(alert_id=p.alert().id, **given(p)),
    "snooze": lambda p: alerts.snooze(
        alert_id=p.alert().id, until=MONDAY + timedelta(days=1), reason="x", **given(p)
    ),
    "snooze an account": lambda p: snooze_account(
        account_id=p.acme.id, until=MONDAY + timedelta(days=1), reason="x", **given(p)
    ),
    "hand over": lambda p: reassign(alert_id=p.alert().id, to=p.lee, **given(p)),
    "hand over the whole account": lambda p: reassign(
        alert_id=p.alert().id, to=p.lee, whole_account=True, **given(p)
    ),
    "judge": lambda p: verdicts.answer(
        alert_id=p.alert().id, verdict="wrong", note="no", digest_only=True,
        until=date(2026, 12, 24), **given(p),
    ),
    "change settings": lambda p: set_preferences(
        p.session, by=p.dana, now=MONDAY, alerts_by="dm", digest_at=p.dana.work_starts,
        work_starts=p.dana.work_starts, work_ends=p.dana.work_ends, days=[1, 2],
        timezone="Europe/Berlin", country="DE",
    ),
    "say that one is away": lambda p: say_away(
        p.session, member=p.dana, starts_at=MONDAY, ends_at=MONDAY + timedelta(days=3),
        cover=p.lee, by=p.dana, now=MONDAY,
    ),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_what_was_done_is_put_back_in_full(place, before, act):
    ACTS[act](place)
    by = place.priya if act == "advance" else place.dana
    assert place.everything() != before
    answer = place.undo(by)
    assert answer.did
    assert answer.now_is
    assert "Taken back" in shown(answer)
    assert place.everything() == before
    with pytest.raises(Refused, match="as far back as I go"):
        place.undo(by)


def test_what_changed_since_is_said_with_who_did_it_and_nothing_changes(place):
    accounts.set_health(account_id=place.acme.id, score=20, **given(place))
    accounts.set_health(
        place.session, account_id=place.acme.id, score=30, by=place.lee,
        now=MONDAY + timedelta(minutes=1), settings=SETTINGS,
    )  # fmt: skip
    before = place.everything()
    with pytest.raises(Refused, match=r"Since then Lee Park has changed it: \*Health set to 30"):
        place.undo()
    assert place.everything() == before


def test_it_works_for_ten_minutes_and_says_what_it_would_have_been(place):
    ACTS["tag"](place)
    with pytest.raises(Refused, match=r"10 minutes ago: \*Tags added: beta.*works for 10 minutes"):
        place.undo(after=timedelta(minutes=10))
    place.undo(after=timedelta(minutes=9, seconds=59))


def test_somebody_elses_change_and_csbots_own_are_not_ones_own(place):
    ACTS["tag"](place)
    with pytest.raises(Refused, match="You have changed nothing yet"):
        place.undo(place.lee)


def test_what_cannot_be_taken_back_is_said_with_why(place):
    closing.lose(place.session, place.renewal, by=place.dana, now=MONDAY, why="Budget")
    with pytest.raises(Refused, match="They Stay"):
        place.undo()


def test_it_takes_the_role_that_the_act_took(place):
    ACTS["tag"](place)
    place.dana.role = "viewer"
    with pytest.raises(Forbidden):
        place.undo()


def test_it_can_be_switched_off(place):
    off = Settings(env=Environment(), config=Config(thresholds={"undo_minutes": 0}))
    ACTS["tag"](place)
    with pytest.raises(Refused, match="switched off"):
        undo(place.session, by=place.dana, now=MONDAY, settings=off)


@pytest.mark.parametrize("act", ["assign", "hand over", "hand over the whole account"])
def test_whoever_was_told_is_told_once_that_it_was_taken_back(place, act):
    ACTS[act](place)
    place.undo()
    posts = [post for post in place.posts() if post.message == "taken_back"]
    assert [post.lane for post in posts] == ["U_LEE"]
    assert "Dana Reyes took this back for Acme" in str(posts[0].payload)


def test_a_task_that_nobody_has_read_of_yet_is_never_told(place):
    ACTS["add a task"](place)
    place.undo()
    assert [p for p in place.posts() if "Write" in str(p.payload) and p.lane == "U_LEE"] == []


def test_a_task_that_was_told_loses_its_words_and_is_told_once(place):
    ACTS["add a task"](place)
    for post in place.posts():
        post.state, post.attempts, post.ts = "sent", 1, f"{post.id}.0"
    place.session.flush()
    place.undo()
    posts = [p for p in place.posts() if p.message == "taken_back"]
    assert sorted(p.call for p in posts) == ["post", "update"]
    assert place.session.scalars(select(Task).where(Task.title == "Write")).all() == []


def test_a_check_in_opens_the_alert_again_that_it_closed_in_its_own_message(place):
    alert = place.alert()
    ACTS["log a check-in"](place)
    place.session.refresh(alert)
    assert alert.closed_at == MONDAY
    answer = place.undo()
    place.session.refresh(alert)
    assert (alert.closed_at, alert.state) == (None, "open")
    assert "The feedback waits for an answer again." in answer.now_is
    assert len(place.session.scalars(select(Alert).where(Alert.kind == "feedback")).all()) == 1


def test_the_timeline_keeps_both_and_an_act_taken_back_does_not_count(place):
    ACTS["tag"](place)
    place.undo()
    said = "Taken back: Tags added: beta; removed: trial"
    events = timeline(place.session, place.acme.id, 5)
    assert said in [event.what for event in events]
    verbs = place.session.scalars(
        select(AuditEntry.verb).where(stands(), AuditEntry.by_id == place.dana.id)
    )
    assert "account.tagged" not in set(verbs)


def test_who_took_their_act_back_has_not_acted_on_the_alert(place):
    ACTS["log a check-in"](place)
    assert [one.acted_on for one in told(place.session, Alert.kind == "feedback")] == [True]
    place.undo()
    assert [one.acted_on for one in told(place.session, Alert.kind == "feedback")] == [False]


def test_the_runs_that_an_act_began_end_and_their_points_go(place):
    """Only those of this very meeting, by an event of its kind."""
    ACTS["note a meeting"](place)
    version = PlaybookVersion(name="held", digest="1", source="own", seen_at=MONDAY,
                              definition={"trigger": {"event": "meeting.ended"}})  # fmt: skip
    other = PlaybookVersion(name="tasks", digest="2", source="own", seen_at=MONDAY,
                            definition={"trigger": {"event": "task.added"}})  # fmt: skip
    place.session.add_all([version, other])
    place.session.flush()
    number = place.meeting.id
    for nth, (made, subject) in enumerate(
        [(version, f"{number}:attended"), (version, f"{number}1:attended"), (other, f"{number}")]
    ):
        run = PlaybookRun(playbook=made.name, version_id=made.id, account_id=place.acme.id,
                          subject=subject, started_at=MONDAY + timedelta(minutes=1))  # fmt: skip
        place.session.add(run)
        place.session.flush()
        enter(
            place.session,
            [Won(place.acme.id, 10**nth, "Session attended", f"k{nth}", run_id=run.id)],
            now=MONDAY,
        )
    place.session.refresh(place.acme)
    assert place.acme.score == 111
    place.undo()
    place.session.expire_all()
    runs = place.session.scalars(select(PlaybookRun).order_by(PlaybookRun.id)).all()
    assert [run.state for run in runs] == ["stopped", "active", "active"]
    assert place.acme.score == 110


def test_an_alert_that_was_taken_keeps_its_promise_when_what_closed_it_is_taken_back(place):
    alerts.take(
        place.session, alert_id=place.alert().id, by=place.dana,
        now=MONDAY - timedelta(minutes=20), settings=SETTINGS,
    )  # fmt: skip
    before = place.everything()
    ACTS["log a check-in"](place)
    place.undo()
    assert place.everything() == before


def test_an_alert_of_somebody_elses_does_not_come_with_an_account_that_is_given_back(place):
    alert = place.alert()
    reassign(
        place.session, alert_id=alert.id, to=place.lee, by=place.priya,
        now=MONDAY - timedelta(minutes=20), settings=SETTINGS,
    )  # fmt: skip
    before = place.everything()
    ACTS["assign"](place)
    place.undo()
    assert place.everything() == before
    assert alert.owner_id == place.lee.id


def test_what_others_have_changed_there_and_back_is_theirs(place):
    def health(score, by, minutes, reason):
        accounts.set_health(
            place.session, account_id=place.acme.id, score=score, by=by, reason=reason,
            now=MONDAY + timedelta(minutes=minutes), settings=SETTINGS,
        )  # fmt: skip

    health(20, place.dana, 0, "quiet")
    health(20, place.lee, 1, "Ann has left")
    before = place.everything()
    with pytest.raises(Refused, match="Since then Lee Park has changed it"):
        place.undo()
    assert place.everything() == before


def test_an_owner_who_is_one_again_keeps_the_account(place):
    ACTS["assign"](place)
    for minutes, to in ((1, place.dana), (2, place.lee)):
        accounts.assign(
            place.session, account_id=place.acme.id, to=to, by=place.priya,
            now=MONDAY + timedelta(minutes=minutes), settings=SETTINGS,
        )  # fmt: skip
    with pytest.raises(Refused, match="Since then Priya Shah has changed it"):
        place.undo(after=timedelta(minutes=3))
    assert place.acme.owner_id == place.lee.id


def test_a_stage_that_is_left_again_is_told_again(place):
    def left():
        return [p for p in place.posts() if p.call == "post" and "stage-left" in p.key]

    ACTS["advance"](place)
    for post in left():
        post.state, post.attempts, post.ts = "sent", 1, f"{post.id}.0"
    place.undo(place.priya)
    onboarding.advance(
        place.session, account_id=place.globex.id, override_reason="They do", by=place.priya,
        now=MONDAY + timedelta(minutes=5), settings=SETTINGS,
    )  # fmt: skip
    assert [post.state for post in left()] == ["sent", "waiting"]


def test_the_same_said_again_begins_anew_what_taking_it_back_has_ended(place):
    version = PlaybookVersion(name="held", digest="1", source="own", seen_at=MONDAY,
                              definition={"trigger": {"event": "meeting.ended"}})  # fmt: skip
    place.session.add(version)
    place.session.flush()
    ACTS["note a meeting"](place)
    run = PlaybookRun(playbook="held", version_id=version.id, account_id=place.acme.id,
                      subject=f"{place.meeting.id}:attended", started_at=MONDAY)  # fmt: skip
    place.session.add(run)
    place.undo()
    place.session.refresh(run)
    assert (run.state, run.over_at) == ("stopped", MONDAY + LATER)


def test_a_stage_is_called_as_in_its_own_track(place):
    """Both tracks have a transition."""
    ACTS["begin onboarding"](place)
    later = [MONDAY + timedelta(minutes=minutes) for minutes in (1, 2)]
    for now in later:
        onboarding.advance(
            place.session, account_id=place.acme.id, override_reason="They can", by=place.priya,
            now=now, settings=SETTINGS, note="",
        )  # fmt: skip
    answer = place.undo(place.priya, after=timedelta(minutes=3))
    name = "Transition to support or account manager"
    assert answer.now_is == (f"It is in {name} again.",)
    assert any(name in event.what for event in timeline(place.session, place.acme.id, 9))


def test_a_meeting_whose_move_was_taken_back_was_not_moved(place):
    added = ACTS["add a meeting"](place).meeting
    meetings.move_meeting(
        place.session, meeting_id=added.id, starts_at=MONDAY + timedelta(days=4), by=place.dana,
        now=MONDAY + timedelta(minutes=1), settings=SETTINGS,
    )  # fmt: skip

    def booked():
        place.session.flush()
        now = MONDAY + timedelta(minutes=5)
        look = Look.of(place.session, Parameters(), since=MONDAY, settings=SETTINGS, now=now)
        found = place.session.execute(meeting_booked(look))
        return [row.moved for row in found if row.subject_id == added.id]

    assert booked() == [True]
    place.undo()
    assert booked() == [False]
