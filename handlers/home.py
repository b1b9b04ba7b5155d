"""App Home: opened, looked through, acted on in place."""

from csbot.access import May, require
from csbot.brief.service import brief
from csbot.find import account_by_id
from csbot.home import browsing, service
from csbot.home.filters import from_code
from csbot.tasks import postponing
from csbot.tasks import service as tasks
from csbot.undoing.service import undo
from handlers import fields
from handlers.ask import (
    Answer,
    Happened,
    Press,
    Submission,
    on_event,
    on_press,
    on_submit,
)
from messages.handover import AssignForm
from messages.home_forms import TaskLaterForm, ViewAsForm
from messages.ids import Action, View
from messages.tasks import TaskPostponed


@on_event("app_home_opened")
def opened(ask: Happened) -> None:
    if ask.event.get("tab") == "home":
        service.opened(ask.session, ask.person, now=ask.now)


@on_press(Action.HOME_ACCOUNTS)
@on_press(Action.HOME_ACCOUNTS_BACK)
@on_press(Action.HOME_OWNER)
@on_press(Action.HOME_SEGMENT)
@on_press(Action.HOME_STAGE)
@on_press(Action.HOME_RISK)
def accounts(ask: Press) -> Answer:
    return browsing.browse(ask.session, from_code(ask.value), by=ask.person, now=ask.now)


@on_press(Action.HOME_BRIEF)
def brief_of(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    return brief(
        ask.session, id, review=False, viewer=ask.person, settings=ask.settings, now=ask.now
    )


@on_press(Action.HOME_TASK_DONE)
def done(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    finished = tasks.finish_task(
        ask.session, task_id=id, by=ask.person, now=ask.now, settings=ask.settings
    )
    return service.told(ask.session, finished, by=ask.person, now=ask.now)


@on_press(Action.TASK_LATER)
def later(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    task, account, day = postponing.to_postpone(ask.session, task_id=id, by=ask.person, now=ask.now)
    return TaskLaterForm(task_id=task.id, what=task.title, account=account.name, due_on=day)


@on_submit(View.TASK_LATER)
def postponed(ask: Submission) -> Answer:
    """Home shows it by itself."""
    require(ask.person, May.TASKS)
    task = postponing.postpone_task(
        ask.session, task_id=ask.number("task_id"), due_on=fields.needed_day(ask, "due_on"),
        by=ask.person, now=ask.now, settings=ask.settings,
    )  # fmt: skip
    if not ask.channel:
        return None
    account = account_by_id(ask.session, task.account_id)
    return TaskPostponed(title=task.title, account=account.name, due_on=task.due_on)


@on_press(Action.HOME_ASSIGN)
def assign(ask: Press) -> Answer:
    require(ask.person, May.ASSIGN_ANY)
    account = account_by_id(ask.session, ask.numbers(1)[0])
    return AssignForm(account_id=account.id, account=account.name)


@on_press(Action.HOME_UNDO)
def take_back(ask: Press) -> Answer:
    [entry] = ask.numbers(1)
    return undo(ask.session, by=ask.person, now=ask.now, settings=ask.settings, only=entry)


@on_press(Action.HOME_VIEW_AS)
def view_as(ask: Press) -> Answer:
    require(ask.person, May.VIEW_AS)
    return ViewAsForm()


@on_submit(View.HOME_VIEW_AS)
def looked_on(ask: Submission) -> Answer:
    require(ask.person, May.VIEW_AS)
    other = fields.member(ask, "person")
    service.look_as(ask.session, other=other, by=ask.person, now=ask.now)
    return None


@on_press(Action.HOME_VIEW_MINE)
def mine(ask: Press) -> Answer:
    service.look_as_oneself(ask.session, by=ask.person, now=ask.now)
    return None
