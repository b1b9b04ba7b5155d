"""What a task must be, who may finish it, and when it is due in words. Pure."""

from collections.abc import Collection
from datetime import date, timedelta

from csbot.access import May, allows
from csbot.errors import Forbidden, Refused, Wrong, all_at_once
from csbot.tasks.model import Task
from csbot.team.model import TeamMember

TITLE_MAX = 300
SOON = timedelta(days=7)
FURTHEST = timedelta(days=3 * 366)
PRIORITIES = ("low", "normal", "high")


@all_at_once
def check(
    *, title: str, due_on: date, priority: str, today: date, assignee: TeamMember | None = None
) -> Wrong:
    """Refuse, at the field that is wrong, what cannot be a task, or not for this person."""
    if not title.strip():
        yield Refused("Write what is to be done.", field="title")
    if len(title) > TITLE_MAX:
        yield Refused(f"At most {TITLE_MAX} characters; this is {len(title):,}.", field="title")
    if due_on < today:
        yield Refused("That day is past. Choose today or later.", field="due_on")
    if due_on > today + FURTHEST:
        yield Refused("That is more than three years away. Choose an earlier day.", field="due_on")
    if priority not in PRIORITIES:
        yield Refused("Choose low, normal or high.", field="priority")
    if assignee is not None:
        check_assignee(assignee)


def check_assignee(assignee: TeamMember) -> None:
    if assignee.is_outsider or not assignee.active:
        raise Refused(
            f"{assignee.name} is not active in csbot. Choose somebody else.", field="assignee"
        )
    if not allows(assignee.role, May.TASKS):
        raise Refused(
            f"{assignee.name} is a viewer and cannot finish tasks. Choose somebody else.",
            field="assignee",
        )


def may_finish(
    task: Task, *, account_owner_id: int | None, by: TeamMember, acts_as: Collection[int]
) -> bool:
    own = not {task.assignee_id, task.created_by_id, account_owner_id}.isdisjoint(acts_as)
    return allows(by.role, May.TASKS) and (own or allows(by.role, May.ASSIGN_ANY))


def check_may_finish(
    task: Task, *, account_owner_id: int | None, by: TeamMember, acts_as: Collection[int]
) -> None:
    """Its assignee, whoever wrote it, the account's owner, who covers for these, or a manager."""
    if not may_finish(task, account_owner_id=account_owner_id, by=by, acts_as=acts_as):
        raise Forbidden(
            f"Task {task.id} is somebody else's. Whoever has it, whoever wrote it, the account's "
            "owner or a manager can finish it."
        )


def when(due_on: date, *, today: date) -> str:
    """Which part of the list a task belongs to."""
    if due_on < today:
        return "overdue"
    if due_on == today:
        return "today"
    return "soon" if due_on <= today + SOON else "later"
