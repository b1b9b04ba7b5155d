"""What each of these people holds: their customers, without those who have left."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.accounts.rules import BANDS, Health
from csbot.alerts.among import among
from csbot.churn.queries import CUSTOMER
from messages.text import Money

STEADY = next(band.least for band in BANDS if band.status is Health.STEADY)


@dataclass(frozen=True)
class Held:
    """How many accounts, their ARR by currency, and how many of them have a poor health."""

    count: int = 0
    arr: tuple[Money, ...] = ()
    struggling: int = 0


def held_by(owner_id: int) -> ColumnElement[bool]:
    return and_(Account.owner_id == owner_id, CUSTOMER)


def held(session: Session, owners: Collection[int]) -> defaultdict[int | None, Held]:
    """The figures of every list that has any of these people's accounts."""
    struggling = func.sum(case((Account.health < STEADY, 1), else_=0))
    rows = session.execute(
        select(Account.owner_id, Account.currency, func.count(), func.sum(Account.arr), struggling)
        .where(among(session, Account.owner_id, owners), CUSTOMER)
        .group_by(Account.owner_id, Account.currency)
        .order_by(func.count().desc(), Account.currency)
    )
    found = defaultdict[int | None, Held](Held)
    for owner, currency, count, amount, low in rows:
        had = found[owner]
        arr = (Money(Decimal(amount), currency),) if amount else ()
        found[owner] = Held(had.count + count, had.arr + arr, had.struggling + low)
    return found
