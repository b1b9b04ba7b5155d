from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class DigestRun(Base):
    """The one digest of a person's local date; `shown` keeps what it said, to fold it tomorrow."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("member_id", "local_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    local_date: Mapped[date]
    sent_at: Mapped[datetime]
    shown: Mapped[dict[str, Any]]
