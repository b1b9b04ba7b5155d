from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class BillingCustomer(Base):
    """A customer of the billing system; `account_id` is empty until the account is known.

    `reference` is what the billing system was told of our own id. `told` has every reference,
    e-mail and name that any event named, each with the newest time: so the order in which events
    arrive changes nothing; the account is found by these, the columns have the newest of each.
    `as_of` is the time of the newest of them.
    """

    __tablename__ = "billing_customers"
    __table_args__ = (UniqueConstraint("sender", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str]
    external_id: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="SET NULL"), index=True
    )
    reference: Mapped[str | None]
    email: Mapped[str | None]
    domain: Mapped[str | None]
    name: Mapped[str | None]
    name_key: Mapped[str | None]
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    deleted_at: Mapped[datetime | None]
    as_of: Mapped[datetime]


class SubscriptionState(Base):
    """What a subscription became at one moment: the history, in whatever order it arrived.

    `mrr` is what it brings a month, 0 when it brings nothing (trial, unpaid, cancelled), and `arr`
    a year: twelve of a month that is rounded may be some cents off. Rows of before have no `arr`;
    `renews_on` is the day its term ends and `term_months` how long a term is; `reason` says why
    it ended, or what of it could not be counted. `unsent` are the discounts that it names by id
    alone, with what it brings before them: see discounts.py.
    """

    __tablename__ = "subscription_states"
    __table_args__ = (
        UniqueConstraint("customer_id", "event_id"),
        Index("ix_subscription_states_customer_id_at", "customer_id", "at"),
        Index("ix_subscription_states_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("billing_customers.id", ondelete="CASCADE"))
    event_id: Mapped[str]
    subscription: Mapped[str]
    at: Mapped[datetime]
    rank: Mapped[int]
    status: Mapped[str]
    mrr: Mapped[Decimal]
    arr: Mapped[Decimal | None]
    currency: Mapped[str]
    plan: Mapped[str | None]
    renews_on: Mapped[date | None]
    term_months: Mapped[int | None]
    trial_ends_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    unsent: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Payment(Base):
    """An invoice, or what was given back of a charge; the newest event of each counts.

    `status` is paid, failed, voided, written_off or refunded; `at` is when it was paid or given
    back, and of what is not paid when it fell due; `attempts` counts tries to collect it.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("customer_id", "external_id"),
        Index("ix_payments_status_at", "status", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("billing_customers.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    status: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    as_of: Mapped[datetime]
