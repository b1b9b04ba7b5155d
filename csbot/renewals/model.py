from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Renewal(Base):
    """One contract's end; `category` is commit, probable, best_case or at_risk."""

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
