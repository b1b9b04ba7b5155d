from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Absence(Base):
    """Somebody is away from `starts_at` until `ends_at`; without a cover their manager stands in.

    `ended_at` is when it was over: at its end, or when they came back before it.
    `caught_up_at` is when they were told what had happened meanwhile.
    """

    __tablename__ = "absences"
    __table_args__ = (Index("ix_absences_member_id_ends_at", "member_id", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    caught_up_at: Mapped[datetime | None]
