from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Renewal(Base):
    """One contract's end; `category` is commit, probable, best_case or at_risk.

    `status` is open, won, lost, renewed (the account's date went on) or withdrawn.
    `forecast_amount` is what the owner expects to close, the amount due where it is empty;
    `incentive` what was offered, `offered_months` the length of the contract offered.
    `final_amount` and `final_months` are what was signed. `signal` is the category that the
    account's data speak for since `signal_at`, and `signal_why` its reasons in words.
    """

    __tablename__ = "renewals"
    __table_args__ = (
        UniqueConstraint("account_id", "due_on"),
        Index("ix_renewals_status_due_on", "status", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    due_on: Mapped[date]
    amount_due: Mapped[Decimal]
    currency: Mapped[str]
    category: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    next_step: Mapped[str | None]
    next_step_on: Mapped[date | None]
    forecast_amount: Mapped[Decimal | None]
    incentive: Mapped[str | None]
    offered_months: Mapped[int | None]
    final_amount: Mapped[Decimal | None]
    final_months: Mapped[int | None]
    signal: Mapped[str | None]
    signal_why: Mapped[list[str] | None]
    signal_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class RenewalCategoryChange(Base):
    """One step of a renewal's category history; `before` is empty for the first."""

    __tablename__ = "renewal_category_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    renewal_id: Mapped[int] = mapped_column(
        ForeignKey("renewals.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    before: Mapped[str | None]
    after: Mapped[str]
    reason: Mapped[str]


class RenewalMove(Base):
    """What a renewal's terms were until `at`, when an import or a person changed them."""

    __tablename__ = "renewal_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    renewal_id: Mapped[int] = mapped_column(
        ForeignKey("renewals.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    due_on: Mapped[date]
    amount_due: Mapped[Decimal]
    currency: Mapped[str]


class ForecastWeek(Base):
    """What the renewals of one month, owner, segment and category came to, as one week began.

    `week_on` is its Monday, `due_month` the first of the month that they are due in; `status` is
    open, won or lost; `expected` is what was thought to come of `amount`, the amount due.
    """

    __tablename__ = "renewal_forecasts"
    __table_args__ = (Index("ix_renewal_forecasts_week_on_due_month", "week_on", "due_month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    week_on: Mapped[date]
    due_month: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    segment: Mapped[str | None]
    category: Mapped[str]
    status: Mapped[str]
    currency: Mapped[str]
    count: Mapped[int]
    amount: Mapped[Decimal]
    expected: Mapped[Decimal]
