from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Churn(Base):
    """A customer who leaves: told us on `notice_on`, is gone from `effective_on`.

    `type` is one of csbot.churn.rules.Type, `evidence` what shows it; `avoidable` is empty while
    nobody knows. `arr` is the year's revenue that went. `applied_at` is when the effective day had
    come and the account became churned; `withdrawn_at` when they stayed after all.
    """

    __tablename__ = "churns"
    __table_args__ = (
        Index("ix_churns_account_id", "account_id"),
        Index("ix_churns_effective_on", "effective_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    type: Mapped[str]
    evidence: Mapped[str]
    notice_on: Mapped[date]
    effective_on: Mapped[date]
    avoidable: Mapped[bool | None]
    win_back_on: Mapped[date | None]
    arr: Mapped[Decimal | None]
    currency: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
