"""The ledger of revenue changes: what retention is computed from.

It is derived from the `revenue` rows whenever it is asked for, in one query: billing's history
may still get an older event and an import an older row, and a stored ledger would then be wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from csbot.payments.rules import Kind, change_kind
from csbot.revenue import Revenue

NOTHING = Decimal(0)


@dataclass(frozen=True)
class RevenueChange:
    """`amount` is a month's revenue and always positive; its `kind` says which way it went."""

    account_id: int
    effective_on: date
    kind: Kind
    amount: Decimal
    currency: str
    mrr_before: Decimal
    mrr_after: Decimal


def changes(
    session: Session,
    *,
    since: date | None = None,
    until: date | None = None,
    account_id: int | None = None,
) -> list[RevenueChange]:
    """All changes from `since` to `until`, both included, by account and day.

    In every currency: begin + new + reactivation + expansion - contraction - churn = end. An
    account that changes its currency has not left: all of it is a contraction in the one and an
    expansion in the other, so that it is counted neither as lost nor as new.
    """
    rows = session.execute(_query(since, until, account_id))
    return [change for row in rows for change in _of_row(row)]


def _query(since: date | None, until: date | None, account_id: int | None) -> Select[Any]:
    """Every row beside the one before it, and whether there was ever any revenue before."""
    window: dict[str, Any] = {
        "partition_by": Revenue.account_id,
        "order_by": Revenue.effective_on,
    }
    steps = select(
        Revenue.account_id,
        Revenue.effective_on,
        Revenue.mrr,
        Revenue.currency,
        func.lag(Revenue.mrr, type_=Revenue.mrr.type).over(**window).label("mrr_before"),
        func.lag(Revenue.currency).over(**window).label("currency_before"),
        func.max(Revenue.mrr).over(**window, rows=(None, -1)).label("most_before"),
    )
    if account_id is not None:
        steps = steps.where(Revenue.account_id == account_id)
    step = steps.subquery()
    before = func.coalesce(step.c.mrr_before, NOTHING, type_=Revenue.mrr.type)
    moved = and_(step.c.currency != step.c.currency_before, step.c.mrr > NOTHING)
    query = select(step).where(or_(step.c.mrr != before, moved))
    if since is not None:
        query = query.where(step.c.effective_on >= since)
    if until is not None:
        query = query.where(step.c.effective_on <= until)
    return query.order_by(step.c.account_id, step.c.effective_on)


def _of_row(row: Any) -> Iterator[RevenueChange]:
    before, after = row.mrr_before or NOTHING, row.mrr
    former = row.currency_before or row.currency
    if before and after and former != row.currency:
        yield _change(row, Kind.CONTRACTION, former, before, NOTHING)
        yield _change(row, Kind.EXPANSION, row.currency, NOTHING, after)
        return
    kind = change_kind(before, after, paid_once=bool(row.most_before))
    if kind is not None:
        yield _change(row, kind, row.currency if after else former, before, after)


def _change(row: Any, kind: Kind, currency: str, before: Decimal, after: Decimal) -> RevenueChange:
    return RevenueChange(
        account_id=row.account_id,
        effective_on=row.effective_on,
        kind=kind,
        amount=abs(after - before),
        currency=currency,
        mrr_before=before,
        mrr_after=after,
    )
