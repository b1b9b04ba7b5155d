from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Note(Base):
    """What the team should know of an account and no other record says."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_account_id_at", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    text: Mapped[str]
