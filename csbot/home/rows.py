"""What waits for somebody today: alerts, meetings, tasks. Always the same number of queries."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from csbot.access import May
from csbot.accounts.model import Account
from csbot.alerts import cards
from csbot.alerts.model import Alert
from csbot.alerts.rules import CRITICAL
from csbot.alerts.waiting import HOLDER, TAKEN, WENT_UP, open_now
from csbot.digests.rules import NEW_FOR, SEVERITIES, Item, age
from csbot.digests.writing import turn
from csbot.home.sight import Sight
from csbot.meetings.model import Meeting
from csbot.meetings.queries import NOT_CANCELLED
from csbot.meetings.rules import how_far
from csbot.tasks.model import Task
from csbot.tasks.queries import URGENT_FIRST, falls_to
from csbot.tasks.rules import when
from messages.alert_card import AlertCard
from messages.home_parts import HomeAlert, HomeMeeting
from messages.tasks import TaskLine
from messages.waiting import Waiting

ALERTS_MAX = MEETINGS_MAX = TASKS_MAX = 5
FIRST = case(SEVERITIES, value=Alert.severity, else_=9)


def alerts(sight: Sight) -> dict[str, Any]:
    """The most urgent that wait for them or went up to them; meetings and tasks come apart."""
    if not sight.may(May.ACT_ON_ALERTS):
        return {"alerts": None, "alerts_count": Waiting(), "critical": 0}
    waiting = _waiting(sight)
    needing, taken, critical = sight.session.execute(
        select(
            func.count(case((~TAKEN, 1))),
            func.count(case((TAKEN, 1))),
            func.count(case((~TAKEN & (Alert.severity == CRITICAL), 1))),
        ).where(*waiting)
    ).one()
    order = (FIRST, func.coalesce(Account.arr, 0).desc(), Alert.opened_at, Alert.id)
    first = (
        select(Alert.id)
        .join(Account, Account.id == Alert.account_id)
        .where(*waiting)
        .order_by(*order)
        .limit(ALERTS_MAX)
    )
    ids = list(sight.session.scalars(first))
    looks = cards.load(sight.scope, ids)
    opened = dict(
        sight.session.execute(select(Alert.id, Alert.opened_at).where(Alert.id.in_(ids))).all()
    )
    shown = [
        _alert(sight, card, opened[id])
        for id in ids
        if isinstance(card := looks.get(id), AlertCard)
    ]
    return {"alerts": tuple(shown), "alerts_count": Waiting(needing, taken), "critical": critical}


def _waiting(sight: Sight) -> list[ColumnElement[bool]]:
    """Theirs, those of whom they cover for, and those of their people that went up to them."""
    me = sight.person.id
    own = [me, *(one.id for one in sight.scope.cover.covering.get(me, ()))]
    reports = [one.id for one in sight.scope.team.values() if one.manager_id == me]
    went_up = and_(Alert.owner_id.in_(reports), WENT_UP)
    return [*open_now(sight.now), or_(HOLDER.in_(own), went_up)]


def _alert(sight: Sight, card: AlertCard, opened_at: datetime) -> HomeAlert:
    item = Item(card.alert_id, "", card.severity, Decimal(0), opened_at)
    last = sight.now - NEW_FOR
    days = age(item, today=sight.today, member=sight.person, last=last, now=sight.now)
    return HomeAlert(card=card, age=days, turn=turn(card, sight.person))


def meetings(sight: Sight) -> dict[str, Any]:
    """Of today, their own and those with their accounts."""
    if not sight.may(May.LOG):
        return {"meetings": None, "meetings_count": 0}
    begins, ends = sight.day
    mine = or_(
        Meeting.organizer_id == sight.person.id,
        Meeting.account_id.in_(
            select(Account.id).where(Account.owner_id == sight.person.id).scalar_subquery()
        ),
    )
    today = Meeting.starts_at >= begins, Meeting.starts_at < ends, NOT_CANCELLED, mine
    rows = sight.session.execute(
        select(Meeting, Account.name, func.count().over())
        .join(Account, Account.id == Meeting.account_id)
        .where(*today)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MEETINGS_MAX)
    ).all()
    shown = [
        HomeMeeting(
            account_id=one.account_id, starts_at=one.starts_at, account=name, title=one.title,
            state=how_far(one, sight.now),
        )
        for one, name, _ in rows
    ]  # fmt: skip
    return {"meetings": tuple(shown), "meetings_count": rows[0][2] if rows else 0}


def tasks(sight: Sight) -> dict[str, Any]:
    """What is due today or overdue."""
    if not sight.may(May.TASKS):
        return {"tasks": None, "tasks_count": 0}
    today = sight.today
    rows = sight.session.execute(
        select(Task, Account.name, func.count().over())
        .join(Account, Account.id == Task.account_id)
        .where(falls_to(sight.person), Task.done_at.is_(None), Task.due_on <= today)
        .order_by(Task.due_on, URGENT_FIRST, Task.id)
        .limit(TASKS_MAX)
    ).all()
    shown = [
        TaskLine(
            id=task.id, title=task.title, account=name, due_on=task.due_on,
            when=when(task.due_on, today=today), late=(today - task.due_on).days,
            priority=task.priority,
        )
        for task, name, _ in rows
    ]  # fmt: skip
    return {"tasks": tuple(shown), "tasks_count": rows[0][2] if rows else 0}
