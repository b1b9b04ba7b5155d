from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Meeting(Base):
    """A meeting with a customer; `outcome` is attended, no_show, cancelled or still unknown.

    One from a calendar has its `source` (a feed, or who sent the booking) and the id it has there.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        Index("uq_meetings_source_external_id", "source", "external_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(default="meeting")
    title: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    duration_minutes: Mapped[int] = mapped_column(default=30)
    organizer_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    attendees: Mapped[list[str]] = mapped_column(default=list)
    agenda: Mapped[str | None]
    objectives: Mapped[str | None]
    outcome: Mapped[str | None]
    notes: Mapped[str | None]
    created_at: Mapped[datetime]
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    as_of: Mapped[datetime | None]
