from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Revenue(Base):
    """What an account pays a month (MRR) from one day on, until its next row."""

    __tablename__ = "revenue"
    __table_args__ = (UniqueConstraint("account_id", "effective_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    effective_on: Mapped[date]
    mrr: Mapped[Decimal]
    currency: Mapped[str]
    source: Mapped[str] = mapped_column(default="import", server_default="import")
