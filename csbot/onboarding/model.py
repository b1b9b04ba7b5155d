from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
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


class StageSpell(Base):
    """One account's time in one stage; `ended_at` is empty while it is there.

    `days` is how long the stage should take, as it was when it began; `owner_id` who owned the
    account then; `why` is the reason of a manager who let it leave, skip or go back.
    """

    __tablename__ = "account_stages"
    __table_args__ = (
        Index("ix_account_stages_account_id_begun_at", "account_id", "begun_at"),
        Index("ix_account_stages_ended_at", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    process: Mapped[str]
    stage: Mapped[str]
    days: Mapped[int]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    why: Mapped[str | None]


class AccountRole(Base):
    """Who does what for one account: account_executive, onboarding_manager, csm or support."""

    __tablename__ = "account_roles"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)


class Requirements(Base):
    """What a customer said before onboarding began: why they bought, for what, used what before."""

    __tablename__ = "account_requirements"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    why_bought: Mapped[str | None]
    intended_use: Mapped[str | None]
    used_before: Mapped[str | None]
    success: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]
