"""Logging a check-in, in one line and in the form."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from csbot.alerts.model import Alert
from csbot.alerts.service import touched
from csbot.checkins.model import CheckIn
from csbot.errors import Forbidden, Refused
from messages.checkins import CheckInForm, CheckInLogged
from messages.ids import Action
from messages.tasks import TaskForm
from tests import builders
from tests.asking import Floor, controls, shown


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        yield Floor(session)


def logged(floor) -> list[CheckIn]:
    return list(floor.session.scalars(select(CheckIn).order_by(CheckIn.id)))


def fill(**over):
    return {"how": "call", "note": "rollout on track"} | over


def test_one_line_logs_at_once_and_says_where_it_shows(floor):
    answer = floor.command(floor.dana, "/cs checkin acme called the champion, rollout on track")
    (checkin,) = logged(floor)
    assert (checkin.account_id, checkin.by_id, checkin.at) == (
        floor.acme.id, floor.dana.id, floor.now,
    )  # fmt: skip
    assert (checkin.channel, checkin.note) == ("call", "called the champion, rollout on track")
    assert "Check-in logged for Acme" in shown(answer)
    assert "/cs timeline Acme" in shown(answer)
    assert floor.verbs() == ["checkin.logged"]


def test_hostile_words_are_stored_as_written_and_shown_escaped(floor):
    answer = floor.command(floor.dana, "/cs checkin acme called <!channel> *now* & then")
    assert logged(floor)[0].note == "called <!channel> *now* & then"
    assert "<!channel>" not in shown(answer)
    assert "&lt;!channel&gt;" in shown(answer)


@pytest.mark.parametrize(("text", "account"), [("/cs checkin", None), ("/cs checkin acme", "Acme")])
def test_what_is_missing_opens_the_form(floor, text, account):
    form = floor.command(floor.dana, text)
    assert isinstance(form, CheckInForm)
    assert form.account == account
    assert logged(floor) == []


def test_the_form_logs_for_the_account_that_was_chosen_in_it(floor):
    values = fill(
        account=str(floor.globex.id), sentiment="positive", next_step="Send the plan",
        next_step_on="2026-11-25",
    )  # fmt: skip
    answer = floor.submit(floor.dana, CheckInForm(), **values)
    (checkin,) = logged(floor)
    assert checkin.account_id == floor.globex.id
    assert (checkin.sentiment, checkin.next_step_on) == ("positive", date(2026, 11, 25))
    assert "Send the plan" in shown(answer)


def test_the_next_step_is_one_press_from_being_a_task(floor):
    answer = floor.submit(
        floor.dana, CheckInForm(account_id=floor.acme.id), **fill(next_step="Send the plan")
    )
    (button,) = controls(answer)
    form = floor.press(floor.dana, Action(button[0]), button[1])
    assert isinstance(form, TaskForm)
    assert (form.account, form.what, form.assignee) == ("Acme", "Send the plan", "U_DANA")


def test_the_same_form_sent_twice_logs_once_and_says_so(floor):
    form = CheckInForm(account_id=floor.acme.id)
    floor.submit(floor.dana, form, **fill())
    floor.now += timedelta(seconds=20)
    answer = floor.submit(floor.dana, form, **fill())
    assert isinstance(answer, CheckInLogged)
    assert answer.again
    assert len(logged(floor)) == 1
    assert floor.verbs() == ["checkin.logged"]


def test_the_same_words_next_day_are_another_checkin(floor):
    floor.command(floor.dana, "/cs checkin acme called, no answer")
    floor.now += timedelta(days=1)
    floor.command(floor.dana, "/cs checkin acme called, no answer")
    assert len(logged(floor)) == 2


def test_a_checkin_answers_the_open_complaints_of_that_account_alone(floor):
    mine, other = builders.feedback(floor.acme.id), builders.feedback(floor.globex.id)
    happy = builders.feedback(floor.acme.id, score=9)
    floor.session.add_all([mine, other, happy])
    floor.session.flush()
    answer = floor.command(floor.dana, "/cs checkin acme called Ann back")
    for row in (mine, other, happy):
        floor.session.refresh(row)
    assert (mine.answered_at, mine.answered_by_id) == (floor.now, floor.dana.id)
    assert other.answered_at is None
    assert happy.answered_at is None
    assert "1 unanswered complaint now counts as answered" in shown(answer)
    assert floor.verbs() == ["checkin.logged", "feedback.answered"]


def test_a_renewal_without_a_plan_takes_over_the_next_step(floor):
    planned = builders.renewal(floor.globex.id, next_step="Exec call")
    renewal = builders.renewal(floor.acme.id)
    floor.session.add_all([planned, renewal])
    floor.session.flush()
    for account in (floor.acme, floor.globex):
        floor.submit(
            floor.dana, CheckInForm(account_id=account.id), **fill(next_step="Send the offer")
        )
    assert renewal.next_step == "Send the offer"
    assert planned.next_step == "Exec call"
    assert floor.verbs().count("renewal.next_step") == 1


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"note": "   "}, "note"),
        ({"note": "x" * 3001}, "note"),
        ({"how": "pigeon"}, "how"),
        ({"how": None}, "how"),
        ({"sentiment": "angry"}, "sentiment"),
        ({"next_step_on": "2026-12-01"}, "next_step"),
        ({"next_step": "Call", "next_step_on": "2026-11-22"}, "next_step_on"),
        ({"next_step": "Call", "next_step_on": "soon"}, "next_step_on"),
        ({"next_step": "x" * 301}, "next_step"),
        ({"account": "99999999999999999999"}, "account"),
        ({"account": "-1"}, "account"),
        ({"account": None}, "account"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(floor, over, field):
    values = fill(account=str(floor.acme.id)) | over
    with pytest.raises(Refused) as caught:
        floor.submit(floor.dana, CheckInForm(), **values)
    assert caught.value.field == field
    assert logged(floor) == []


@pytest.mark.parametrize("id", [0, -4, 4_000, 2**31, 2**70])
def test_a_form_for_an_account_that_is_not_there_is_refused(floor, id):
    with pytest.raises(Refused, match=r"no such account|older version"):
        floor.submit(floor.dana, CheckInForm(account_id=id), **fill())


@pytest.mark.parametrize("alert_id", [0, -1, 2**31, 2**70, "7"])
def test_a_form_for_an_alert_that_cannot_be_is_refused(floor, alert_id):
    with pytest.raises(Refused):
        floor.submit(floor.dana, CheckInForm(account_id=floor.acme.id, alert_id=alert_id), **fill())


@pytest.fixture
def alert(floor):
    """Of a task that is overdue: a check-in alone does not settle it."""
    late = floor.now.date() - timedelta(days=3)
    floor.session.add(builders.task(floor.acme.id, due_on=late, assignee_id=floor.dana.id))
    floor.session.flush()
    touched(floor.session, account_ids=[floor.acme.id], settings=floor.settings, now=floor.now)
    return floor.session.scalars(select(Alert)).one()


def test_a_checkin_from_an_alert_takes_it_for_whoever_logs(floor, alert):
    form = CheckInForm(account_id=floor.acme.id, alert_id=alert.id)
    for _ in range(2):
        floor.submit(floor.lee, form, **fill())
    floor.session.refresh(alert)
    assert (alert.state, alert.taken_by_id) == ("taken", floor.lee.id)
    assert floor.verbs().count("alert.taken") == 1


def test_a_task_from_an_alert_takes_it_too(floor, alert):
    form = TaskForm(account_id=floor.acme.id, alert_id=alert.id)
    floor.submit(
        floor.lee, form, title="Call", due_on="2026-11-27", priority="low", assignee="U_LEE"
    )
    floor.session.refresh(alert)
    assert (alert.state, alert.taken_by_id) == ("taken", floor.lee.id)


def test_a_checkin_in_one_line_leaves_an_alert_that_it_does_not_settle(floor, alert):
    floor.command(floor.dana, "/cs checkin acme called Ann")
    floor.session.refresh(alert)
    assert (alert.closed_at, alert.taken_by_id) == (None, None)


def test_a_viewer_cannot_log(floor):
    with pytest.raises(Forbidden):
        floor.command(floor.vic, "/cs checkin")
    with pytest.raises(Forbidden):
        floor.command(floor.vic, "/cs checkin acme called them")


def test_a_note_in_quotes_is_kept_without_them(floor):
    floor.command(floor.dana, '/cs checkin acme "called them, all well"')
    assert [one.note for one in logged(floor)] == ["called them, all well"]
