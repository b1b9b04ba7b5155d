"""Which tasks are open, for whom, and how many were done by their day."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.shares import Share
from csbot.tasks.model import Task
from csbot.tasks.rules import when
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.tasks import OVERDUE, TaskLine

NOBODY = TeamMember(timezone="UTC")
URGENT_FIRST = case({"high": 0, "normal": 1, "low": 2}, value=Task.priority, else_=1)


def open_tasks(
    session: Session,
    *,
    today: date,
    of: TeamMember | None,
    account: Account | None,
    only: str = "",
    finishes: Callable[[Task, int | None], bool] = lambda *_: True,
) -> list[TaskLine]:
    """Open tasks, the earliest first; what nobody was given is the account owner's.

    `only` overdue ones, or those due today. `finishes`: whether the reader may finish one, by it
    and who owns the account.
    """
    query = (
        select(Task, Account.name, Account.owner_id, TeamMember.name)
        .join(Account, Account.id == Task.account_id)
        .outerjoin(TeamMember, TeamMember.id == Task.assignee_id)
        .where(Task.done_at.is_(None))
        .order_by(Task.due_on, URGENT_FIRST, Task.id)
    )
    if of is not None:
        query = query.where(falls_to(of))
    if account is not None:
        query = query.where(Task.account_id == account.id)
    if only:
        query = query.where(Task.due_on < today if only == OVERDUE else Task.due_on == today)
    return [
        _line(
            task,
            name,
            today=today,
            who=None if of is not None else who or "nobody",
            mine=finishes(task, owner_id),
        )
        for task, name, owner_id, who in session.execute(query)
    ]


def _line(task: Task, account: str, *, today: date, who: str | None, mine: bool) -> TaskLine:
    return TaskLine(
        id=task.id,
        title=task.title,
        account=account,
        due_on=task.due_on,
        when=when(task.due_on, today=today),
        late=(today - task.due_on).days,
        priority=task.priority,
        who=who,
        mine=mine,
    )


def due_count(session: Session, *, of: TeamMember, today: date) -> int:
    """How many of somebody's tasks are due today or overdue."""
    due = (
        select(func.count())
        .select_from(Task)
        .join(Account, Account.id == Task.account_id)
        .where(falls_to(of), Task.done_at.is_(None), Task.due_on <= today)
    )
    return session.scalar(due) or 0


def falls_to(person: TeamMember) -> ColumnElement[bool]:
    unassigned = and_(Task.assignee_id.is_(None), Account.owner_id == person.id)
    return or_(Task.assignee_id == person.id, unassigned)


def completion(session: Session, *, since: date, now: datetime) -> dict[int | None, Share]:
    """By team member, how many of the tasks whose day is over were done by the end of it.

    Both days are those of whoever was to do it; under None stands what nobody was to do.
    """
    rows = session.execute(
        select(Task.due_on, Task.done_at, TeamMember)
        .join(Account, Account.id == Task.account_id)
        .outerjoin(TeamMember, TeamMember.id == func.coalesce(Task.assignee_id, Account.owner_id))
        .where(Task.due_on >= since, Task.due_on <= now.date() + timedelta(days=1))
        .where(or_(Task.done_at.is_(None), Task.done_by_id.is_not(None)))
    )
    due, kept = Counter[int | None](), Counter[int | None]()
    for due_on, done_at, member in rows:
        who, person = (member.id, member) if member else (None, NOBODY)
        if due_on < local_date(person, now):
            due[who] += 1
            kept[who] += done_at is not None and local_date(person, done_at) <= due_on
    return {who: Share(kept[who], count) for who, count in due.items()}
