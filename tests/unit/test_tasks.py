"""Adding, listing and finishing tasks."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from csbot.alerts.model import Alert
from csbot.alerts.service import touched
from csbot.errors import Forbidden, Refused
from csbot.tasks.model import Task
from messages.ids import Action
from messages.tasks import TaskAdded, TaskFinished, TaskForm, TaskList, TaskUnclear
from tests import builders
from tests.asking import Floor, controls, shown


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        yield Floor(session)


def stored(floor) -> list[Task]:
    return list(floor.session.scalars(select(Task).order_by(Task.id)))


def given(floor, **over) -> Task:
    task = builders.task(floor.acme.id, assignee_id=floor.dana.id, **over)
    floor.session.add(task)
    floor.session.flush()
    return task


def fill(**over):
    return {
        "title": "Call legal", "due_on": "2026-11-27", "priority": "normal", "assignee": "U_DANA",
    } | over  # fmt: skip


def test_one_line_adds_a_task_for_its_writer_and_pings_nobody(floor):
    answer = floor.command(floor.dana, "/cs task add acme call legal due friday !high")
    (task,) = stored(floor)
    assert (task.title, task.due_on, task.priority) == ("call legal", date(2026, 11, 27), "high")
    assert (task.assignee_id, task.created_by_id) == (floor.dana.id, floor.dana.id)
    assert "Added task" in shown(answer)
    assert floor.posts() == []
    assert floor.verbs() == ["task.added"]


def test_the_word_add_may_be_left_out(floor):
    floor.command(floor.dana, "/cs task acme call legal due friday")
    assert stored(floor)[0].title == "call legal"


@pytest.mark.parametrize("who", ["@lee", "<@U_LEE>", "<@U_LEE|lee>"])
def test_whoever_gets_a_task_from_another_has_exactly_one_message(floor, who):
    for _ in range(2):
        floor.command(floor.dana, f"/cs task add acme call legal due friday {who}")
    (post,) = floor.posts()
    assert (post.lane, post.message) == ("U_LEE", "task_assigned")
    assert "Dana Reyes gave you a task for Acme: call legal" in post.payload["text"]
    assert len(stored(floor)) == 1


def test_the_same_line_again_is_not_another_task(floor):
    floor.command(floor.dana, "/cs task add acme call legal due friday")
    answer = floor.command(floor.dana, "/cs task add acme call legal due friday")
    assert isinstance(answer, TaskAdded)
    assert answer.again
    assert len(stored(floor)) == 1
    assert floor.verbs() == ["task.added"]


@pytest.mark.parametrize(
    ("text", "what", "wrong"),
    [
        ("call legal due fryday", "date", "fryday"),
        ("call legal due friday !huge", "priority", "!huge"),
        ("call legal due friday @nobody", "person", "@nobody"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_was_understood(floor, text, what, wrong):
    answer = floor.command(floor.dana, f"/cs task add acme {text}")
    assert isinstance(answer, TaskUnclear)
    assert f"I can't read the {what} {wrong}" in shown(answer)
    assert "I understood: task *call legal* for Acme" in shown(answer)
    assert stored(floor) == []
    ((action, value),) = controls(answer)
    form = floor.press(floor.dana, Action(action), value)
    assert isinstance(form, TaskForm)
    assert (form.account_id, form.what) == (floor.acme.id, "call legal")


@pytest.mark.parametrize(
    ("text", "account", "what", "due_on"),
    [
        ("/cs task", None, "", None),
        ("/cs task add", None, "", None),
        ("/cs task add acme", "Acme", "", None),
        ("/cs task add acme call legal", "Acme", "call legal", None),
        ("/cs task add acme due friday", "Acme", "", date(2026, 11, 27)),
    ],
)
def test_what_is_missing_opens_the_form_with_the_rest(floor, text, account, what, due_on):
    form = floor.command(floor.dana, text)
    assert isinstance(form, TaskForm)
    assert (form.account, form.what, form.due_on) == (account, what, due_on)
    assert form.assignee == "U_DANA"
    assert stored(floor) == []


def test_friday_is_the_friday_of_the_speaker(floor):
    floor.now = floor.now.replace(day=27, hour=2)  # Friday in UTC, still Thursday for Lee
    floor.command(floor.lee, "/cs task add acme call legal due tomorrow")
    assert stored(floor)[0].due_on == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"due_on": "2026-11-22"}, "due_on"),
        ({"due_on": "2099-11-22"}, "due_on"),
        ({"due_on": "someday"}, "due_on"),
        ({"due_on": None}, "due_on"),
        ({"priority": "huge"}, "priority"),
        ({"assignee": "U_STRANGER"}, "assignee"),
        ({"assignee": None}, "assignee"),
        ({"assignee": "U_VIC"}, "assignee"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(floor, over, field):
    with pytest.raises(Refused) as caught:
        floor.submit(floor.dana, TaskForm(account_id=floor.acme.id), **fill(**over))
    assert caught.value.field == field
    assert stored(floor) == []


def test_the_form_adds_once_however_often_it_is_sent(floor):
    form = TaskForm()
    values = fill(account=str(floor.globex.id), assignee="U_LEE")
    floor.submit(floor.dana, form, **values)
    answer = floor.submit(floor.dana, form, **values)
    assert isinstance(answer, TaskAdded)
    assert answer.again
    assert len(stored(floor)) == len(floor.posts()) == 1


@pytest.mark.parametrize("by", ["word", "press"])
def test_a_task_is_done_once_and_the_second_time_is_told_by_whom(floor, by):
    task = given(floor)
    person = floor.dana

    def finish():
        if by == "word":
            return floor.command(person, f"/cs task done {task.id}")
        return floor.press(person, Action.TASK_DONE, str(task.id))

    assert "Done: Call legal, for Acme" in shown(finish())
    person, floor.now = floor.priya, floor.now + timedelta(minutes=2)
    answer = finish()
    assert isinstance(answer, TaskFinished)
    assert "done already: Dana Reyes finished it 2 minutes ago" in shown(answer)
    assert task.done_by_id == floor.dana.id
    assert floor.verbs() == ["task.finished"]
    assert floor.posts() == []


def test_a_task_done_closes_its_alert_at_once(floor):
    task = given(floor, due_on=floor.now.date() - timedelta(days=3), priority="high")
    touched(floor.session, account_ids=[floor.acme.id], settings=floor.settings, now=floor.now)
    alert = floor.session.scalars(select(Alert)).one()
    floor.command(floor.dana, f"/cs task done {task.id}")
    floor.session.refresh(alert)
    assert alert.closed_at == floor.now


def test_only_those_concerned_and_managers_finish_a_task(floor):
    allowed = {
        "assignee": given(floor, created_by_id=floor.priya.id),
        "writer": given(floor, created_by_id=floor.lee.id),
    }
    with pytest.raises(Forbidden, match="somebody else's"):
        floor.command(floor.lee, f"/cs task done {allowed['assignee'].id}")
    floor.command(floor.lee, f"/cs task done {allowed['writer'].id}")
    floor.command(floor.priya, f"/cs task done {allowed['assignee'].id}")
    assert all(task.done_at for task in allowed.values())


def test_the_owner_of_the_account_finishes_anybodys_task(floor):
    task = given(floor)
    task.assignee_id = floor.lee.id
    floor.session.flush()
    floor.command(floor.dana, f"/cs task done {task.id}")
    assert task.done_by_id == floor.dana.id


def test_a_viewer_cannot_finish_a_task(floor):
    task = given(floor)
    with pytest.raises(Forbidden):
        floor.press(floor.vic, Action.TASK_DONE, str(task.id))


@pytest.mark.parametrize("number", ["0", "99999", "2147483648", "999999999999"])
def test_a_task_that_is_not_there_is_refused(floor, number):
    with pytest.raises(Refused, match="There is no task"):
        floor.command(floor.dana, f"/cs task done {number}")


@pytest.mark.parametrize("value", ["", "-1", "1:2", "x", "9" * 40, "1; DROP TABLE tasks"])
def test_a_button_value_that_does_not_fit_is_refused(floor, value):
    with pytest.raises(Refused):
        floor.press(floor.dana, Action.TASK_DONE, value)


def test_the_list_is_mine_by_urgency_with_a_button_each(floor):
    today = floor.now.date()
    for title, days in (("late", -3), ("now", 0), ("soon", 4), ("later", 30)):
        given(floor, title=title, due_on=today + timedelta(days=days))
    given(floor, title="gone", done_at=floor.now)
    given(floor, title="hers").assignee_id = floor.lee.id
    unassigned = given(floor, title="nobody's", due_on=today)
    unassigned.assignee_id = None
    floor.session.flush()
    answer = floor.command(floor.dana, "/cs tasks")
    assert isinstance(answer, TaskList)
    assert [(t.title, t.when) for t in answer.tasks] == [
        ("late", "overdue"), ("now", "today"), ("nobody's", "today"),
        ("soon", "soon"), ("later", "later"),
    ]  # fmt: skip
    assert "1 overdue, 2 due today" in shown(answer)
    assert "3 days overdue" in shown(answer)
    assert {action for action, _ in controls(answer)} == {Action.TASK_DONE}
    assert len(controls(answer)) == 5


def test_a_press_in_the_list_answers_with_what_is_left_of_it(floor):
    for title in ("first", "second"):
        given(floor, title=title)
    floor.session.add(builders.task(floor.globex.id, "elsewhere", assignee_id=floor.dana.id))
    floor.session.flush()
    ((action, value), _) = controls(floor.command(floor.dana, "/cs tasks acme"))
    left = floor.press(floor.dana, Action(action), value)
    assert isinstance(left, TaskList)
    assert "Done: first. All open tasks for Acme: 1 task" in shown(left)
    again = floor.press(floor.priya, Action(action), value)
    assert "done already: Dana Reyes finished it just now. All open tasks" in shown(again)
    assert floor.verbs().count("task.finished") == 1


def test_the_message_that_gave_a_task_away_loses_its_button_when_it_is_done(floor):
    floor.command(floor.dana, "/cs task add acme call legal due friday @lee")
    (task,) = stored(floor)
    floor.command(floor.lee, f"/cs task done {task.id}")
    floor.session.expire_all()
    (post,) = floor.posts()
    assert post.payload["text"] == "Done by Lee Park: call legal, for Acme."
    assert "task.done.v1" not in str(post.payload)


def test_the_list_can_be_of_somebody_or_of_an_account(floor):
    given(floor, title="hers").assignee_id = floor.lee.id
    given(floor, title="mine")
    floor.session.add(builders.task(floor.globex.id, "elsewhere", assignee_id=floor.lee.id))
    floor.session.flush()

    def titles(text):
        return {t.title for t in floor.command(floor.dana, text).tasks}

    assert titles("/cs tasks @lee") == {"hers", "elsewhere"}
    assert titles("/cs tasks acme") == {"hers", "mine"}
    assert titles("/cs tasks acme <@U_LEE>") == {"hers"}


def test_the_list_can_be_narrowed_to_what_is_overdue_or_due_today(floor):
    for title, days in (("late", -1), ("now", 0), ("later", 1)):
        given(floor, title=title).due_on = floor.now.date() + timedelta(days=days)
    optics = builders.account("Overdue Optics")
    floor.session.add(optics)
    floor.session.flush()
    floor.session.add(builders.task(optics.id, "glasses", assignee_id=floor.lee.id))
    floor.session.flush()

    def titles(text):
        return [t.title for t in floor.command(floor.dana, text).tasks]

    assert titles("/cs tasks overdue") == titles("/cs tasks late") == ["late"]
    assert titles("/cs tasks Today") == ["now"]
    assert titles("/cs tasks acme overdue") == ["late"]
    assert titles("/cs tasks overdue optics") == ["glasses"]
    assert titles("/cs tasks @lee today") == ["glasses"]
    assert "Your tasks due today: 1." in shown(floor.command(floor.dana, "/cs tasks today"))
    assert "Nothing of yours is overdue" in shown(floor.command(floor.lee, "/cs tasks overdue"))
    assert "No tasks are overdue for Globex" in shown(
        floor.command(floor.dana, "/cs tasks globex overdue")
    )


def test_a_press_in_a_narrowed_list_keeps_it_so(floor):
    late, *_ = [given(floor, title=title) for title in ("late", "also late", "later")]
    for row in stored(floor)[:2]:
        row.due_on = floor.now.date() - timedelta(days=1)
    floor.session.flush()
    ((action, value), _) = controls(floor.command(floor.dana, "/cs tasks overdue"))
    left = floor.press(floor.dana, Action(action), value)
    assert [t.title for t in left.tasks] == ["also late"]
    with pytest.raises(Refused):
        floor.press(floor.dana, Action.TASK_DONE, f"{late.id}:0:0:9")


def test_an_empty_list_is_one_kind_line(floor):
    assert "Nothing of yours is open. Well done." in shown(floor.command(floor.dana, "/cs tasks"))


@pytest.mark.parametrize(
    ("role", "adds", "leads"), [("manager", True, True), ("viewer", False, False)]
)
def test_whoever_leads_others_or_only_reads_is_told_whose_tasks_are_listed(
    floor, role, adds, leads
):
    given(floor)
    floor.lee.role = role
    said = shown(floor.command(floor.lee, "/cs tasks"))
    assert "Nothing of yours is open." in said
    assert "Only your own are listed: `/cs tasks @lee`" in said
    assert "Well done" not in said
    assert ("Add one with" in said, "`/cs team` who has some overdue" in said) == (adds, leads)


def test_a_long_list_says_how_many_pages_it_has(floor):
    for n in range(40):
        given(floor, title=f"task {n}")
    answer = floor.command(floor.dana, "/cs tasks")
    assert "Page 1 of 3" in shown(answer)
    assert len(controls(answer)) == 15 + 1  # and the next page


@pytest.mark.parametrize(
    "value", ["", "task", "spell\t1\t", "task\tx\t", "task\t-1\t", "task\t9999999\t"]
)
def test_a_form_button_that_does_not_fit_opens_an_empty_form_or_is_refused(floor, value):
    if value == "task":
        assert floor.press(floor.dana, Action.FORM_OPEN, value) == TaskForm(assignee="U_DANA")
        return
    with pytest.raises(Refused):
        floor.press(floor.dana, Action.FORM_OPEN, value)


def test_done_without_a_number_lists_what_could_be_meant_with_a_button_each(floor):
    task = given(floor)
    answer = floor.command(floor.dana, "/cs task done")
    assert "Your open tasks: 1 task" in shown(answer)
    floor.press(floor.dana, *controls(answer)[0])
    assert task.done_at


def test_who_is_not_in_slack_is_not_said_to_have_been_told(floor):
    floor.lee.slack_id = None
    answer = floor.command(floor.dana, "/cs task add acme call legal due friday @lee")
    assert "Lee Park does it, but is not in Slack" in shown(answer)
    assert floor.posts() == []


def test_what_is_still_due_counts_what_falls_to_the_owner_as_the_list_does(floor):
    first = given(floor)
    floor.session.add(builders.task(floor.acme.id, title="Nobody's", assignee_id=None))
    answer = floor.command(floor.dana, f"/cs task done {first.id}")
    assert "1 task of yours is still due" in shown(answer)
