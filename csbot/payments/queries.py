"""How billing stands at an account."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Integer, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.payments.booking import SOURCE
from csbot.payments.model import BillingCustomer, Payment
from csbot.revenue import Revenue

ID = bindparam("account", type_=Integer())


@dataclass(frozen=True)
class Billed:
    """`mrr` is None while no subscription ran yet; `failed_at` is of what is still owed."""

    mrr: Decimal | None
    currency: str | None
    failed_at: datetime | None
    paid_at: datetime | None


def of_account(session: Session, account_id: int) -> Billed | None:
    """None where billing has told nothing of an account."""
    row = session.execute(_billed(), {"account": account_id}).one_or_none()
    return Billed(*row) if row and any(told is not None for told in row) else None


def payments(session: Session, account_id: int) -> list[Payment]:
    """All that were asked for, oldest first; an invoice over nothing is none."""
    query = (
        select(Payment)
        .join(BillingCustomer, BillingCustomer.id == Payment.customer_id)
        .where(BillingCustomer.account_id == account_id, Payment.amount > 0)
    )
    return list(session.scalars(query.order_by(Payment.at, Payment.id)))


@cache
def _billed() -> Select[*tuple[Any, ...]]:
    # Built once, and on the tables: it is a part of every card.
    account, revenue = Account.__table__, Revenue.__table__
    newest = revenue.alias("newest").c
    latest = (
        select(newest.id)
        .where(newest.account_id == ID, newest.source == SOURCE)
        .order_by(newest.effective_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    payment = Payment.__table__.c
    return (
        select(
            revenue.c.mrr,
            revenue.c.currency,
            _newest(payment.as_of, "failed").label("failed_at"),
            _newest(payment.at, "paid").label("paid_at"),
        )
        .select_from(account)
        .outerjoin(revenue, revenue.c.id == latest)
        .where(account.c.id == ID)
    )


def _newest(moment: Any, status: str) -> ScalarSelect[Any]:
    payment, customer = Payment.__table__.c, BillingCustomer.__table__.c
    return (
        select(func.max(moment))
        .where(
            payment.customer_id == customer.id,
            customer.account_id == ID,
            payment.status == status,
            payment.amount > 0,
        )
        .scalar_subquery()
    )
