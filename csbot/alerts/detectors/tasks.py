"""Tasks that fall due, by the calendar of whoever is to do them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Date, and_, func, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Finding, Gone, Reasons, seen
from csbot.alerts.scope import Scope
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from messages.text import short_day

Assignee, Owner = aliased(TeamMember), aliased(TeamMember)


def find(scope: Scope) -> Iterator[Finding]:
    soon_days = scope.limits.task_due_soon_days
    soon = timedelta(days=soon_days)
    today_in = scope.dates()
    rows = _rows(scope, soon)
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


def _rows(scope: Scope, soon: timedelta) -> Iterable[Any]:
    zone = func.coalesce(Assignee.timezone, Owner.timezone)
    horizon, last = scope.by_zone(zone, lambda name: scope.today(name) + soon, Date())
    return scope.session.execute(
        select(
            Task.id, Task.account_id, Task.title, Task.priority, Task.due_on, zone,
            func.coalesce(Assignee.id, Owner.id), Account.arr, Account.health, Task.created_at,
        )
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Assignee, and_(Assignee.id == Task.assignee_id, Assignee.active))
        .outerjoin(Owner, and_(Owner.id == Account.owner_id, Owner.active))
        .where(
            Task.done_at.is_(None),
            Task.due_on <= last,
            Task.due_on <= horizon,
            scope.within(Task.account_id),
        )
    )  # fmt: skip


def because(scope: Scope, gone: list[Gone]) -> Reasons:
    rows = scope.session.execute(
        select(Task.id, Task.account_id, Task.due_on, Task.done_at, Task.done_by_id).where(
            scope.among(Task.id, [int(one.subject) for one in gone])
        )
    )
    reasons = {}
    for id, account_id, due_on, done_at, by_id in rows:
        reasons[account_id, str(id)] = f"It is due on {short_day(due_on)} now."
        if done_at:
            who = scope.team[by_id].name if by_id in scope.team else "Somebody"
            day = short_day(done_at.astimezone(scope.zone(None)))
            reasons[account_id, str(id)] = f"{who} finished it on {day}."
    return reasons


DETECTOR = Detector("task", find, because)
