"""One person's accounts by risk, in five statements however many there are."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.held import STEADY, held, held_by
from csbot.accounts.model import Account
from csbot.accounts.service import may_own
from csbot.alerts.model import Alert
from csbot.alerts.waiting import waiting
from csbot.churn.queries import CHURNED, leaves_on
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.accounts import AccountBook, BookLine
from messages.text import Money

PAGE = 12


def book(
    session: Session, owner: TeamMember, *, viewer: TeamMember, now: datetime, page: int = 1
) -> AccountBook:
    """A page of it; pages beyond the last are the last."""
    totals = held(session, [owner.id])[owner.id]
    pages = max(1, -(-totals.count // PAGE))
    page = min(max(page, 1), pages)
    today = local_date(viewer, now)
    mine = by_risk(held_by(owner.id))
    rows = session.execute(mine.limit(PAGE).offset((page - 1) * PAGE))
    return AccountBook(
        owner=owner.name,
        mine=owner.id == viewer.id,
        count=totals.count,
        totals=totals.arr,
        alerts=waiting(session, [owner.id], now=now)[owner.id],
        struggling=totals.struggling,
        lines=lines(rows, today),
        page=page,
        pages=pages,
        owner_id=owner.id,
        asks=may_own(viewer) and not allows(viewer.role, May.ASSIGN_ANY),
        as_of=now,
    )


def lines(rows: Iterable[Any], today: date) -> tuple[BookLine, ...]:
    """What `by_risk` found, as it is read."""
    return tuple(
        BookLine(
            account_id=account.id,
            account=account.name,
            arr=Money(account.arr, account.currency) if account.arr is not None else None,
            health=account.health,
            health_status=account.health_status,
            renews_on=account.renewal_on,
            days_left=(account.renewal_on - today).days if account.renewal_on else None,
            leaves_on=leaves,
            alerts=alerts or 0,
            critical=critical or 0,
        )
        for account, alerts, critical, leaves in rows
    )


def by_risk(*which: ColumnElement[bool]) -> Select[Account, int, int, date | None]:
    """Critical alerts first, then any, then poor health, then the nearest renewal; who has left
    comes last.
    """
    alerts = (
        select(
            Alert.account_id,
            func.count().label("open"),
            func.sum(case((Alert.severity == "critical", 1), else_=0)).label("critical"),
        )
        .where(Alert.closed_at.is_(None))
        .group_by(Alert.account_id)
        .subquery()
    )
    return (
        select(Account, alerts.c.open, alerts.c.critical, leaves_on())
        .outerjoin(alerts, alerts.c.account_id == Account.id)
        .where(*which)
        .order_by(
            case((Account.lifecycle_stage == CHURNED, 1), else_=0),
            func.coalesce(alerts.c.critical, 0).desc(),
            func.coalesce(alerts.c.open, 0).desc(),
            func.coalesce(Account.health, STEADY),
            case((Account.renewal_on.is_(None), 1), else_=0),
            Account.renewal_on,
            Account.id,
        )
    )
