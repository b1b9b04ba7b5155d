"""What is counted on of a renewal, in SQL: the same as `forecast.expected`, which says why.

Whole cents, so that both databases reckon alike; what is weighted is a hundred times as much.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, case, func, select
from sqlalchemy import type_coerce as as_type

from csbot.audit import AuditEntry
from csbot.renewals.forecast import KEPT, OPEN
from csbot.renewals.model import Renewal

CENT = Decimal("0.01")
WEIGHED = 10_000
IS_OPEN = Renewal.status == OPEN


def due() -> ColumnElement[int]:
    return as_type(Renewal.amount_due, BigInteger)


@cache
def signed() -> ColumnElement[int]:
    """Of what is closed, for as many months as were due: two years' money is not compared with
    one year's. Nothing of what is open or lost.
    """
    amount, months = as_type(Renewal.final_amount, BigInteger), Renewal.final_months
    # Half a cent counts up. What has no terms is taken as it is.
    share = (2 * amount * func.coalesce(_months_due(), months) + months) // (2 * months)
    return case((Renewal.status.in_(KEPT), func.coalesce(share, amount, due())), else_=0)


def _months_due() -> ColumnElement[int | None]:
    """How long the contract was that ended, by the record of the win."""
    won = AuditEntry
    return (
        select(won.before["months_due"].as_integer())
        .where(won.account_id == Renewal.account_id, won.at == Renewal.closed_at)
        .where(won.verb == "renewal.won")
        .order_by(won.id.desc())
        .limit(1)
        .correlate(Renewal)
        .scalar_subquery()
    )


def expected(
    likely: Mapping[str, int], *, is_open: ColumnElement[bool] = IS_OPEN
) -> ColumnElement[int]:
    hoped = func.coalesce(as_type(Renewal.forecast_amount, BigInteger), due())
    weight = case(dict(likely), value=Renewal.category)
    return case((is_open, _least(hoped, due()) * weight), else_=_least(signed(), due()) * 100)


def _least(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one < other, one), else_=other)


def money(cents: int | Decimal) -> Decimal:
    return Decimal(cents) / 100


def weighed(amount: int | Decimal) -> Decimal:
    """What `expected` gives, as money."""
    return (Decimal(amount) / WEIGHED).quantize(CENT, ROUND_HALF_UP)
