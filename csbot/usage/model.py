from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base

Many = BigInteger().with_variant(Integer, "sqlite")


class ProductGroup(Base):
    """Whom usage is counted for: a `groupId` of the product, or one user who named none.

    `account_id` is empty until the account is known; linking it joins all that was counted.
    `same_as_id` is the group that a user of their own turned out to belong to: what was counted
    stays where it is, and both have the same account. `traits` are as of `traits_at`.
    """

    __tablename__ = "product_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="SET NULL"), index=True
    )
    same_as_id: Mapped[int | None] = mapped_column(
        ForeignKey("product_groups.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str | None]
    name_key: Mapped[str | None] = mapped_column(index=True)
    domain: Mapped[str | None] = mapped_column(index=True)
    traits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    traits_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]


WAITING = text("contact_id IS NULL AND email IS NOT NULL")


class ProductUser(Base):
    """Somebody who uses the product, known by `userId` or only by `anonymousId`.

    `group_id` is whom their usage counts for where an event names no group. `same_as_id` is who
    an anonymous user turned out to be: from then on that one's usage is counted.
    """

    __tablename__ = "product_users"
    __table_args__ = (
        Index(
            "ix_product_users_waiting",
            "group_id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="SET NULL"), index=True
    )
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey("product_groups.id", ondelete="SET NULL"), index=True
    )
    same_as_id: Mapped[int | None] = mapped_column(
        ForeignKey("product_users.id", ondelete="SET NULL"), index=True
    )
    email: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str | None]
    traits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    traits_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]


class UsageEvent(Base):
    """One event as it came; kept for `usage.keep_days`, then only the roll-ups remain."""

    __tablename__ = "usage_events"
    __table_args__ = (
        UniqueConstraint("source", "message_id"),
        Index("ix_usage_events_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(Many, primary_key=True)
    source: Mapped[str]
    message_id: Mapped[str]
    user_id: Mapped[int]
    group_id: Mapped[int]
    type: Mapped[str]
    name: Mapped[str | None]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    properties: Mapped[dict[str, Any]]


ROWS_IN_THE_KEY = {"sqlite_with_rowid": False}  # one tree to write instead of two


class RollUp:
    """What was done with one feature on one UTC day; `feature` is empty for all together."""

    day: Mapped[date] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(primary_key=True)
    events: Mapped[int]
    active_seconds: Mapped[int] = mapped_column(BigInteger)
    logins: Mapped[int]


class UserUsage(RollUp, Base):
    """By one user."""

    __tablename__ = "usage_by_user"
    __table_args__ = ROWS_IN_THE_KEY

    user_id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


class GroupUsage(RollUp, Base):
    """By one group, that is for an account."""

    __tablename__ = "usage_by_group"
    __table_args__ = ROWS_IN_THE_KEY

    group_id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


class Milestone(Base):
    """The first time a group reached something; first value is the milestone `first_value`."""

    __tablename__ = "usage_milestones"
    __table_args__ = (UniqueConstraint("group_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("product_groups.id", ondelete="CASCADE"))
    name: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("product_users.id", ondelete="SET NULL"))
    reached_at: Mapped[datetime]
