"""Which tasks are open, for whom."""

from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.tasks.model import Task
from csbot.tasks.rules import when
from csbot.team.model import TeamMember
from messages.tasks import OVERDUE, TaskLine

URGENT_FIRST = case({"high": 0, "normal": 1, "low": 2}, value=Task.priority, else_=1)


def open_tasks(
    session: Session,
    *,
    today: date,
    of: TeamMember | None,
    account: Account | None,
    only: str = "",
) -> list[TaskLine]:
    """Open tasks, the earliest first; what nobody was given is the account owner's.

    `only` overdue ones, or those due today.
    """
    query = (
        select(Task, Account.name, TeamMember.name)
        .join(Account, Account.id == Task.account_id)
        .outerjoin(TeamMember, TeamMember.id == Task.assignee_id)
        .where(Task.done_at.is_(None))
        .order_by(Task.due_on, URGENT_FIRST, Task.id)
    )
    if of is not None:
        query = query.where(_falls_to(of))
    if account is not None:
        query = query.where(Task.account_id == account.id)
    if only:
        query = query.where(Task.due_on < today if only == OVERDUE else Task.due_on == today)
    return [
        TaskLine(
            id=task.id,
            title=task.title,
            account=account_name,
            due_on=task.due_on,
            when=when(task.due_on, today=today),
            late=max(0, (today - task.due_on).days),
            priority=task.priority,
            who=None if of is not None else who or "nobody",
        )
        for task, account_name, who in session.execute(query)
    ]


def due_count(session: Session, *, of: TeamMember, today: date) -> int:
    """How many of somebody's tasks are due today or overdue."""
    due = (
        select(func.count())
        .select_from(Task)
        .join(Account, Account.id == Task.account_id)
        .where(_falls_to(of), Task.done_at.is_(None), Task.due_on <= today)
    )
    return session.scalar(due) or 0


def _falls_to(person: TeamMember) -> ColumnElement[bool]:
    unassigned = and_(Task.assignee_id.is_(None), Account.owner_id == person.id)
    return or_(Task.assignee_id == person.id, unassigned)
