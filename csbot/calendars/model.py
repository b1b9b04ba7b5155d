from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class CalendarFeed(Base):
    """An iCalendar address of one team member; its address is a secret, like a password."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("owner_id", "url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    url: Mapped[str]
    etag: Mapped[str | None]
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    problem: Mapped[str | None]
