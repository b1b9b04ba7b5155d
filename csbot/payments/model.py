from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class BillingCustomer(Base):
    """A customer of the billing system; `account_id` is empty until the account is known.

    `reference` is what the billing system was told of our own id; `as_of` is the time of the
    newest event that was applied, older ones change nothing.
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
    name: Mapped[str | None]
    deleted_at: Mapped[datetime | None]
    as_of: Mapped[datetime]


class SubscriptionState(Base):
    """What a subscription became at one moment: the history, in whatever order it arrived.

    `mrr` is what it brings a month, 0 when it brings nothing (trial, unpaid, cancelled);
    `renews_on` is the day its term ends and `term_months` how long a term is.
    """

    __tablename__ = "subscription_states"
    __table_args__ = (
        UniqueConstraint("customer_id", "event_id"),
        Index("ix_subscription_states_customer_id_at", "customer_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("billing_customers.id", ondelete="CASCADE"))
    event_id: Mapped[str]
    subscription: Mapped[str]
    at: Mapped[datetime]
    rank: Mapped[int]
    status: Mapped[str]
    mrr: Mapped[Decimal]
    currency: Mapped[str]
    plan: Mapped[str | None]
    renews_on: Mapped[date | None]
    term_months: Mapped[int | None]
    trial_ends_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Payment(Base):
    """An invoice paid or failed, or money given back; `status` is paid, failed or refunded."""

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
