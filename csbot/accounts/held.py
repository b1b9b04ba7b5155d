"""What each of these people holds: their customers, without those who have left."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, null, select
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
    chosen = among(session, Account.owner_id, owners), CUSTOMER
    rows = session.execute(_figures(Account.owner_id, *chosen).group_by(Account.owner_id))
    found = defaultdict[int | None, Held](Held)
    for owner, *row in rows:
        found[owner] = _with(found[owner], *row)
    return found


def held_in(session: Session, *which: ColumnElement[bool]) -> Held:
    """The same figures of some accounts, whoever owns them."""
    return reduce(lambda had, row: _with(had, *row[1:]), session.execute(_figures(null(), *which)),
                  Held())  # fmt: skip


def _figures(whose: Any, *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    struggling = func.sum(case((Account.health < STEADY, 1), else_=0))
    return (
        select(whose, Account.currency, func.count(), func.sum(Account.arr), struggling)
        .where(*which)
        .group_by(Account.currency)
        .order_by(func.count().desc(), Account.currency)
    )


def _with(had: Held, currency: str, count: int, amount: Decimal | None, low: int) -> Held:
    arr = (Money(Decimal(amount), currency),) if amount else ()
    return Held(had.count + count, had.arr + arr, had.struggling + low)
