"""The ledger behind a score: why, when and how many points."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class PointsEntry(Base):
    """Points that an account won or lost; an account's score is the sum of its entries.

    `key` is unique: what earned points once (a payment, a month's login) never earns them again.
    """

    __tablename__ = "points"
    __table_args__ = (Index("ix_points_account_id_at", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("playbook_runs.id", ondelete="SET NULL"))
    points: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime]
