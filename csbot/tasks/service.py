"""What can be done to a task. Each function is one transaction's worth of work."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle
from csbot.away.cover import Cover, acts_as
from csbot.find import account_by_id, by_id
from csbot.outbox.queue import enqueue, enqueue_update
from csbot.settings import Settings
from csbot.tasks import rules
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.team.rules import local_date
from messages.tasks import TaskAssigned

SAME_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Added:
    """`again`: the very same task was added a moment ago, and nothing was done now."""

    task: Task
    account: Account
    assignee: TeamMember
    again: bool = False


@dataclass(frozen=True)
class Finished:
    """`already`: somebody had finished it before, and nothing was done now."""

    task: Task
    account: Account
    done_by: TeamMember | None
    already: bool = False


def add_task(
    session: Session,
    *,
    account_id: int,
    title: str,
    due_on: date,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    priority: str = "normal",
    assignee: TeamMember | None = None,
    alert_id: int | None = None,
) -> Added:
    """Add a task, one's own unless it is for `assignee`, who then hears of it once."""
    require(by, May.TASKS)
    who = assignee or by
    rules.check(
        title=title, due_on=due_on, priority=priority, today=local_date(by, now), assignee=who
    )
    account = account_by_id(session, account_id, lock=True)
    if known := _same(session, account, title, due_on, who, by, now):
        return Added(known, account, who, again=True)
    task = Task(
        account_id=account.id,
        title=title.strip(),
        due_on=due_on,
        priority=priority,
        assignee_id=who.id,
        created_by_id=by.id,
        created_at=now,
    )
    session.add(task)
    session.flush()
    _record_added(session, task, by, now)
    _tell(session, task, account, who, by, now)
    if alert_id is not None:
        settle(session, account_id=account.id, alert_id=alert_id, by=by, settings=settings, now=now)
    return Added(task, account, who)


def finish_task(
    session: Session, *, task_id: int, by: TeamMember, now: datetime, settings: Settings
) -> Finished:
    require(by, May.TASKS)
    missing = f"There is no task {task_id}. `/cs tasks` lists yours."
    task = by_id(session, Task, task_id, missing=missing, lock=True)
    account = account_by_id(session, task.account_id)
    if task.done_at is not None:
        before = session.get(TeamMember, task.done_by_id) if task.done_by_id else None
        return Finished(task, account, before, already=True)
    rules.check_may_finish(
        task, account_owner_id=account.owner_id, by=by, acts_as=acts_as(session, by, now)
    )
    task.done_at, task.done_by_id = now, by.id
    session.flush()
    audit.record(
        session,
        verb="task.finished",
        subject=f"task:{task.id}",
        account=account.id,
        by=by.id,
        now=now,
        after={"title": task.title},
    )
    _told_done(session, task, account, by, now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Finished(task, account, by)


def _same(
    session: Session,
    account: Account,
    title: str,
    due_on: date,
    who: TeamMember,
    by: TeamMember,
    now: datetime,
) -> Task | None:
    return session.scalar(
        select(Task)
        .where(
            Task.account_id == account.id,
            Task.title == title.strip(),
            Task.due_on == due_on,
            Task.assignee_id == who.id,
            Task.created_by_id == by.id,
            Task.done_at.is_(None),
            Task.created_at > now - SAME_AGAIN,
        )
        .limit(1)
    )


def _record_added(session: Session, task: Task, by: TeamMember, now: datetime) -> None:
    audit.record(
        session,
        verb="task.added",
        subject=f"task:{task.id}",
        account=task.account_id,
        by=by.id,
        now=now,
        after={
            "title": task.title,
            "due_on": task.due_on.isoformat(),
            "priority": task.priority,
            "assignee_id": task.assignee_id,
        },
    )


def _tell(
    session: Session,
    task: Task,
    account: Account,
    who: TeamMember,
    by: TeamMember,
    now: datetime,
) -> None:
    """One message to whoever got the task from somebody else; who is away finds it when back."""
    if who.id == by.id or not who.slack_id or who.id in Cover.load(session, now).away:
        return
    message = given(task, account, by, done_by=None)
    enqueue(session, message, to=who.slack_id, key=given_key(task), now=now)


def _told_done(
    session: Session, task: Task, account: Account, by: TeamMember, now: datetime
) -> None:
    """The message that gave the task away, if there was one, has no button any more."""
    giver = session.get(TeamMember, task.created_by_id) if task.created_by_id else None
    message = given(task, account, giver, done_by=by)
    enqueue_update(session, message, target=given_key(task), now=now)


def given(
    task: Task, account: Account, giver: TeamMember | None, *, done_by: TeamMember | None
) -> TaskAssigned:
    """What whoever got the task from somebody else reads of it."""
    return TaskAssigned(
        task_id=task.id,
        title=task.title,
        account=account.name,
        due_on=task.due_on,
        priority=task.priority,
        by=person(giver),
        done_by=person(done_by) if done_by else None,
    )


def given_key(task: Task) -> str:
    """Of that message."""
    return f"task-assigned:{task.id}:{task.assignee_id}"
