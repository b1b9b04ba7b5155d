"""Giving a task another day."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle
from csbot.away.cover import acts_as
from csbot.errors import Refused
from csbot.find import account_by_id, by_id
from csbot.settings import Settings
from csbot.tasks import rules
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, next_working


def to_postpone(
    session: Session, *, task_id: int, by: TeamMember, now: datetime
) -> tuple[Task, Account, date]:
    """The task, whose account it is of, and their next working day."""
    task, account = _open(session, task_id, by, now)
    return task, account, local_date(by, next_working(by, now + timedelta(days=1)))


def postpone_task(
    session: Session,
    *,
    task_id: int,
    due_on: date,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> Task:
    """Due on another day, also an earlier one; what asked for it meanwhile closes."""
    task, account = _open(session, task_id, by, now)
    today = local_date(by, now)
    rules.check(title=task.title, due_on=due_on, priority=task.priority, today=today)
    if due_on == task.due_on:
        raise Refused("It is due on that day already. Choose another one.", field="due_on")
    before = {"title": task.title, "due_on": task.due_on.isoformat()}
    task.due_on = due_on
    session.flush()
    audit.record(
        session, verb="task.postponed", subject=f"task:{task.id}", account=account.id, by=by.id,
        now=now, before=before, after={"title": task.title, "due_on": due_on.isoformat()},
    )  # fmt: skip
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return task


def _open(session: Session, task_id: int, by: TeamMember, now: datetime) -> tuple[Task, Account]:
    require(by, May.TASKS)
    missing = f"There is no task {task_id}. `/cs tasks` lists yours."
    task = by_id(session, Task, task_id, missing=missing, lock=True)
    account = account_by_id(session, task.account_id)
    rules.check_may_finish(
        task, account_owner_id=account.owner_id, by=by, acts_as=acts_as(session, by, now)
    )
    if task.done_at is not None:
        raise Refused("That task is done already, so it keeps its day.")
    return task, account
