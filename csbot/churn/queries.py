"""Reads of churn: of one account, and of a period; always the same number of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Result, ScalarSelect, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.audit import AuditEntry, stands
from csbot.churn.model import Churn
from csbot.meetings.model import Meeting
from csbot.team.model import TeamMember

CHURNED = "churned"
CUSTOMER: ColumnElement[bool] = Account.lifecycle_stage != CHURNED
LATER = aliased(Churn)


@dataclass(frozen=True)
class Left:
    """A churn with what the report says of its account; `since` is when it became a customer."""

    account: str
    segment: str | None
    type: str
    evidence: str
    effective_on: date
    avoidable: bool | None
    arr: Decimal | None
    currency: str
    since: datetime
    won_back: bool


def standing(account: Any = Account) -> ColumnElement[bool]:
    """That a churn of `account` has neither been taken back nor won back."""
    there = or_(Churn.applied_at.is_(None), account.lifecycle_stage == CHURNED)
    return and_(Churn.withdrawn_at.is_(None), there, Churn.account_id == account.id)


def leaves_on(account: Any = Account) -> ScalarSelect[date]:
    """The day, of an account in the query around this one; it may have come."""
    return select(func.max(Churn.effective_on)).where(standing(account)).scalar_subquery()


def of_account(session: Session, account_id: int) -> Churn | None:
    """The churn that stands; an account that came back has none until it leaves again."""
    return session.scalar(
        select(Churn)
        .join(Account, standing())
        .where(Churn.account_id == account_id)
        .order_by(Churn.id.desc())
        .limit(1)
    )


def gone(session: Session, account_ids: Collection[int]) -> set[int]:
    """Which of these have left, as somebody has recorded, and are not back."""
    query = select(Churn.account_id).join(Account, standing())
    mine = among(session, Churn.account_id, account_ids)
    return set(session.scalars(query.where(mine, Churn.applied_at.is_not(None))))


def meetings_ahead(session: Session, account_id: int, now: datetime) -> Sequence[Any]:
    """Title and start of what is still in the calendar, soonest first."""
    query = select(Meeting.title, Meeting.starts_at).where(
        Meeting.account_id == account_id,
        Meeting.starts_at > now,
        Meeting.outcome.is_distinct_from("cancelled"),
    )
    return session.execute(query.order_by(Meeting.starts_at)).all()


def left(session: Session, first: date, last: date) -> list[Left]:
    """Who was gone from a day of the period, both ends included, unless they stayed after all."""
    again = exists().where(
        LATER.account_id == Churn.account_id, LATER.id > Churn.id, LATER.withdrawn_at.is_(None)
    )
    back = Churn.applied_at.is_not(None) & ((Account.lifecycle_stage != CHURNED) | again)
    rows: Result[*tuple[Any, ...]] = session.execute(
        select(
            Account.name, Account.segment, Churn.type, Churn.evidence, Churn.effective_on,
            Churn.avoidable, Churn.arr, Churn.currency,
            func.coalesce(Account.customer_since, Account.created_at), back,
        )
        .join(Account, Account.id == Churn.account_id)
        .where(Churn.withdrawn_at.is_(None), Churn.effective_on.between(first, last))
        .order_by(Churn.effective_on.desc(), Churn.id.desc())
    )  # fmt: skip
    return [Left(*row) for row in rows]


def unexplained(
    session: Session, most: int, since: datetime, until: datetime
) -> tuple[int, int, list[str]]:
    """How many are marked as churned without a recorded reason, how many of them at a moment
    from `since` to before `until`, and `most` names; when is not known of who came so.
    """
    told = exists().where(Churn.account_id == Account.id, Churn.withdrawn_at.is_(None))
    marked = (
        select(func.max(AuditEntry.at))
        .where(
            AuditEntry.account_id == Account.id,
            AuditEntry.after["lifecycle_stage"].as_string() == CHURNED,
            AuditEntry.before["lifecycle_stage"].as_string() != CHURNED,
            stands(),
        )
        .scalar_subquery()
    )
    lately = case((and_(marked >= since, marked < until), 1), else_=0)
    query = select(Account.name, func.count().over(), func.sum(lately).over()).where(
        Account.lifecycle_stage == CHURNED, ~told
    )
    rows = session.execute(query.order_by(Account.name, Account.id).limit(most)).all()
    return (rows[0][1], rows[0][2], [row[0] for row in rows]) if rows else (0, 0, [])


def as_json(session: Session, account_id: int) -> dict[str, Any] | None:
    """The churn that stands, as `csbot account show --json` has it; None for a customer."""
    churn = of_account(session, account_id)
    if churn is None:
        return None
    by = session.get(TeamMember, churn.by_id) if churn.by_id else None
    names = (
        "type", "evidence", "notice_on", "effective_on", "avoidable", "win_back_on", "arr",
        "currency", "at", "applied_at",
    )  # fmt: skip
    return {name: getattr(churn, name) for name in names} | {"by": by.email if by else None}
