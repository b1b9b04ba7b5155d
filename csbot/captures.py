"""Messages of Slack that somebody took over into csbot."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Capture(Base):
    """What one message said when somebody logged, tasked or linked it.

    `kind` is checkin, task or link; `subject_id` is the check-in's or task's id.
    """

    __tablename__ = "captures"
    __table_args__ = (
        UniqueConstraint("kind", "channel_id", "ts", "account_id"),
        Index("ix_captures_account_id_at", "account_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    subject_id: Mapped[int | None]
    text: Mapped[str]
    said_by: Mapped[str]
    said_by_slack_id: Mapped[str | None]
    said_at: Mapped[datetime]
    permalink: Mapped[str | None]
    channel_id: Mapped[str]
    ts: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]
