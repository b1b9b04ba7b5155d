"""Tasks that fall due, by the calendar of whoever is to do them."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, func, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.scope import Scope
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from messages.text import near_day, plural

Assignee, Owner = aliased(TeamMember), aliased(TeamMember)
ZONE = func.coalesce(Assignee.timezone, Owner.timezone)


def find(scope: Scope) -> Iterator[Finding]:
    soon_days = scope.limits.task_due_soon_days
    soon = timedelta(days=soon_days)
    today_in = scope.dates()
    rows = scope.session.execute(falling_due(scope))
    for id, account_id, title, priority, due_on, zone, person_id, arr, health, added in rows:
        days = (due_on - today_in[zone]).days
        found = rules.task(days=days, priority=priority, soon_days=soon_days)
        severity, level = found or (rules.INFO, 0)
        evidence = {
            "task_id": id,
            "title": title,
            "priority": priority,
            "due_on": due_on.isoformat(),
            "days": days,
        }
        yield Finding(
            account_id,
            str(id),
            severity,
            max(added, scope.midnight(due_on - soon, zone)),
            evidence,
            person_id,
            level,
            seen(level, person_id, due_on, priority, title[:80], arr, health, today_in[zone]),
        )


def falling_due(scope: Scope) -> Select[*tuple[Any, ...]]:
    soon = timedelta(days=scope.limits.task_due_soon_days)
    horizon, last = scope.by_zone(ZONE, lambda name: scope.today(name) + soon, Date())
    due = _open().where(Task.due_on <= last, Task.due_on <= horizon)
    return scope.narrow(due, Task.account_id)


@cache
def _open() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Task.id, Task.account_id, Task.title, Task.priority, Task.due_on, ZONE,
            func.coalesce(Assignee.id, Owner.id), Account.arr, Account.health, Task.created_at,
        )
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Assignee, and_(Assignee.id == Task.assignee_id, Assignee.active))
        .outerjoin(Owner, and_(Owner.id == Account.owner_id, Owner.active))
        .where(Task.done_at.is_(None))
    )  # fmt: skip


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """Finished, or further away than it was."""
    alerts = {int(one.subject): one for one in gone}
    rows = scope.session.execute(
        select(Task.id, Task.due_on, Task.done_at, Task.done_by_id).where(
            scope.among(Task.id, alerts)
        )
    )
    return {alerts[row.id].id: _ending(scope, alerts[row.id], row) for row in rows}


def _ending(scope: Scope, alert: Gone, row: Any) -> Ending:
    today = scope.today()
    if row.done_at is not None:
        day = near_day(row.done_at.astimezone(scope.zone(None)), today)
        if row.done_by_id is None:
            return Ending("left", f"The customer leaves: it is no longer needed since {day}.")
        return Ending("done", f"{scope.name(row.done_by_id)} finished it on {day}.")
    day = near_day(row.due_on, today)
    if row.due_on != date.fromisoformat(alert.evidence["due_on"]):
        return Ending("moved", f"It is due on {day} now.")
    ahead = plural(scope.limits.task_due_soon_days, "day")
    return Ending("early", f"It is due on {day}, more than {ahead} ahead.")


DETECTOR = Detector(
    "task", "task.due", find, because, customers_only=False,
    parameters={"days": "task_due_soon_days"},
)  # fmt: skip
