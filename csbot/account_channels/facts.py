"""What the headers of channels say: read for all of them in a constant number of queries."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.alerts.rules import CRITICAL
from csbot.away.cover import Cover
from csbot.churn.queries import CHURNED, leaves_on
from csbot.meetings.model import Meeting
from csbot.onboarding.stages import find
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.touches.silence import TOUCHES, newest
from csbot.turns import accounts_on_customer
from messages.account_channels import AccountHeader
from messages.accounts import MeetingDue
from messages.text import Money, Person
from messages.turn import whose_move

Row = Any
Counts = Mapping[int, tuple[int, int]]


def headers(
    session: Session, ids: Collection[int], *, settings: Settings, now: datetime
) -> dict[int, AccountHeader]:
    """The header of each of these accounts, as it is now."""
    if not ids:
        return {}
    today = now.astimezone(ZoneInfo(settings.env.csbot_timezone)).date()
    alerts, tasks = _alerts(session, ids), _tasks(session, ids, today)
    on_customer = accounts_on_customer(session, ids, now=now)
    cover = Cover.load(session, now, {m.id: m for m in session.scalars(select(TeamMember))})
    return {
        row.Account.id: AccountHeader(
            **_of_account(row, cover, today),
            **_counted(alerts, row.Account.id, "alerts", "critical"),
            **_counted(tasks, row.Account.id, "tasks", "overdue"),
            move=whose_move(row.Account.id in on_customer),
            as_of=now,
        )
        for row in _rows(session, ids, now)
    }


def _rows(session: Session, ids: Collection[int], now: datetime) -> list[Row]:
    query = (
        select(
            Account, Meeting.title, Meeting.starts_at, leaves_on().label("leaves_on"),
            newest(Account, TOUCHES, now).label("touched_at"),
        )
        .outerjoin(Meeting, Meeting.id == _next_meeting(now))
        .where(among(session, Account.id, ids))
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return list(session.execute(query))


def _next_meeting(now: datetime) -> Any:
    other = Meeting.__table__.alias("coming").c
    return (
        select(other.id)
        .where(other.account_id == Account.id, other.starts_at >= now, other.outcome.is_(None))
        .order_by(other.starts_at, other.id)
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )


def _alerts(session: Session, ids: Collection[int]) -> Counts:
    """How many are open, and critical."""
    worst = func.sum(case((Alert.severity == CRITICAL, 1), else_=0))
    return _counts(session, Alert, worst, Alert.closed_at.is_(None), ids)


def _tasks(session: Session, ids: Collection[int], today: date) -> Counts:
    """How many are open, and overdue."""
    late = func.sum(case((Task.due_on < today, 1), else_=0))
    return _counts(session, Task, late, Task.done_at.is_(None), ids)


def _counts(session: Session, of: Any, some: Any, where: Any, ids: Collection[int]) -> Counts:
    query = select(of.account_id, func.count(), some).where(
        among(session, of.account_id, ids), where
    )
    return {id: (count, few) for id, count, few in session.execute(query.group_by(of.account_id))}


def _counted(counts: Counts, id: int, all: str, some: str) -> dict[str, Any]:
    count, few = counts.get(id, (0, 0))
    return {all: count, some: few}


def _of_account(row: Row, cover: Cover, today: date) -> dict[str, Any]:
    account: Account = row.Account
    stays = row.leaves_on is None and account.lifecycle_stage != CHURNED
    renews_on = account.renewal_on if stays else None
    known = find(account.process, account.onboarding_stage)
    return {
        "account_id": account.id,
        "account": account.name,
        **_owner(account, cover),
        "arr": Money(account.arr, account.currency) if account.arr is not None else None,
        "renews_on": renews_on,
        "days_left": (renews_on - today).days if renews_on else None,
        "leaves_on": row.leaves_on,
        "health": account.health,
        "health_status": account.health_status,
        "health_reason": account.health_reason,
        "lifecycle": account.lifecycle_stage,
        "stage": known.name if known else account.onboarding_stage,
        "meeting": MeetingDue(title=row.title, starts_at=row.starts_at) if row.starts_at else None,
        "touched_at": row.touched_at,
    }


def _owner(account: Account, cover: Cover) -> dict[str, Any]:
    """Who has it, and who stands in while they are away."""
    owner = cover.team.get(account.owner_id) if account.owner_id else None
    stands = cover.stand_in(owner.id) if owner and owner.id in cover.away else None
    return {
        "owner": Person(owner.name, owner.slack_id) if owner else None,
        "cover": stands.name if stands else None,
    }
