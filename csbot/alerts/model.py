from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base

OPEN = text("closed_at IS NULL")


class Alert(Base):
    """One open reason to act on one account; a second open row for the same reason cannot exist.

    `kind` names the detector, `playbook` whose alert it is, `subject` the thing within the account
    (a task's id) or is empty.
    `state` is open, taken, snoozed or closed; `severity` is critical, soon or info.
    `evidence` is what the detector saw, `fingerprint` its digest: it changes when the card must.
    `ping` says what somebody is to be told at `post_at` (raised, risen, woken), if anything.
    `dm_at` and `escalate_at` are when it goes further unless somebody acts; `posted_at` is when
    a message first showed it, its own or its group's. `reminded` counts the direct messages that
    followed because nobody had acted.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open",
            "kind",
            "playbook",
            "account_id",
            "subject",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_alerts_account_id_opened_at", "account_id", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    playbook: Mapped[str] = mapped_column(default="", server_default="")
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("team.id", ondelete="SET NULL"), index=True
    )
    severity: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    evidence: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    channel: Mapped[str]
    since: Mapped[datetime]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ping: Mapped[str | None]
    post_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    taken_at: Mapped[datetime | None]
    snoozed_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    snoozed_until: Mapped[datetime | None]
    snooze_reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None]
    dm_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0, server_default="0")
    escalate_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey("alert_groups.id", ondelete="SET NULL"), index=True
    )
    undo: Mapped[dict[str, Any] | None]
    undo_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class AlertGroup(Base):
    """One message that stands for many alerts of a kind in a channel."""

    __tablename__ = "alert_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    channel: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class AlertVerdict(Base):
    """What one person said of one alert: useful, wrong, known, early, late or not_mine."""

    __tablename__ = "alert_verdicts"
    __table_args__ = (Index("ix_alert_verdicts_at", "at"),)

    alert_id: Mapped[int] = mapped_column(
        ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
    )
    verdict: Mapped[str]
    note: Mapped[str | None]
    at: Mapped[datetime]


class AlertMute(Base):
    """A remedy that somebody chose: a playbook's alerts not for one account `until` a day,
    or for one member only in the digest."""

    __tablename__ = "alert_mutes"
    __table_args__ = (
        UniqueConstraint("playbook", "account_id"),
        UniqueConstraint("playbook", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    playbook: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    until: Mapped[datetime | None]
    why: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class AlertChoice(Base):
    """How alerts of one kind reach one person, where they chose another way than for the rest."""

    __tablename__ = "alert_choices"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    by: Mapped[str]


class ThresholdSuggestion(Base):
    """Somebody's wish for another threshold, with what it would have hidden in 90 days."""

    __tablename__ = "threshold_suggestions"

    id: Mapped[int] = mapped_column(primary_key=True)
    playbook: Mapped[str]
    parameter: Mapped[str]
    value: Mapped[str]
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id", ondelete="SET NULL"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    fired: Mapped[int]
    hidden: Mapped[int]


class AlertPromise(Base):
    """What taking an alert promised: that something happens on the account by `due_at`.

    `moves` counts how often more time was taken, `reason` why the last time. `ended` says how it
    ended: kept, lapsed, or void (undone, handed over, the cause went away).
    """

    __tablename__ = "alert_promises"
    __table_args__ = (
        Index(
            "ix_alert_promises_due_at",
            "due_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_alert_promises_alert_id", "alert_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    moves: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    nudged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended: Mapped[str | None]
