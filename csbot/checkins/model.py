from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class CheckIn(Base):
    """A touch with the customer, as the person who had it wrote it down.

    `theirs`: what the customer wrote, taken over; the next word is ours.
    """

    __tablename__ = "checkins"
    __table_args__ = (Index("ix_checkins_account_id_at", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    channel: Mapped[str]
    theirs: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[str]
    sentiment: Mapped[str | None]
    next_step: Mapped[str | None]
    next_step_on: Mapped[date | None]
