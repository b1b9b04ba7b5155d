from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class StageTick(Base):
    """One exit criterion of one stage that somebody has ticked off for an account."""

    __tablename__ = "account_stage_ticks"
    __table_args__ = (UniqueConstraint("account_id", "stage", "criterion"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    stage: Mapped[str]
    criterion: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]
