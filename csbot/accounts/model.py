from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Account(Base):
    """A customer. `health` is 0 to 100 or unknown; `arr` is a year's recurring revenue.

    `first_value_what` names what counted as first value: a milestone of usage, or a person's words.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    domain: Mapped[str | None] = mapped_column(index=True)
    arr: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(default="USD")
    segment: Mapped[str | None] = mapped_column(index=True)
    plan: Mapped[str | None]
    industry: Mapped[str | None]
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("team.id", ondelete="SET NULL"), index=True
    )
    process: Mapped[str]
    lifecycle_stage: Mapped[str]
    onboarding_stage: Mapped[str | None]
    onboarding_stage_since: Mapped[datetime | None]
    onboarding_began_at: Mapped[datetime | None]
    onboarding_ended_at: Mapped[datetime | None]
    first_value_at: Mapped[datetime | None]
    first_value_what: Mapped[str | None]
    health: Mapped[int | None]
    health_status: Mapped[str | None]
    health_reason: Mapped[str | None]
    health_changed_at: Mapped[datetime | None]
    renewal_on: Mapped[date | None]
    contract_months: Mapped[int] = mapped_column(default=12)
    channel: Mapped[str | None]
    score: Mapped[int] = mapped_column(default=0)
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    customer_since: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]


class AccountTag(Base):
    __tablename__ = "account_tags"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]


class AccountPipeline(Base):
    """The stage an account is in, one a pipeline (Customer Health Status: Healthy)."""

    __tablename__ = "account_pipelines"
    __table_args__ = (UniqueConstraint("account_id", "pipeline"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    pipeline: Mapped[str]
    stage: Mapped[str]
    since: Mapped[datetime]


class PipelineMove(Base):
    """One entry of a pipeline's history; `came_from` is empty for the first stage."""

    __tablename__ = "pipeline_history"
    __table_args__ = (
        Index("ix_pipeline_history_account_id_at", "account_id", "at"),
        Index("ix_pipeline_history_pipeline_at", "pipeline", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    pipeline: Mapped[str]
    stage: Mapped[str]
    came_from: Mapped[str | None]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("playbook_runs.id", ondelete="SET NULL"))


class HealthChange(Base):
    """One entry of an account's health history; `score` and `status` are what it became."""

    __tablename__ = "health_history"
    __table_args__ = (
        Index("ix_health_history_account_id_at", "account_id", "at"),
        Index("ix_health_history_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    score: Mapped[int | None]
    status: Mapped[str | None]
    reason: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
