from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class PlaybookVersion(Base):
    """A playbook as one good file said it; never changed, so that a run keeps its policy.

    `definition` is the file as data, `digest` the SHA-256 of that, `source` library or own.
    """

    __tablename__ = "playbook_versions"
    __table_args__ = (UniqueConstraint("name", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str]
    source: Mapped[str]
    definition: Mapped[dict[str, Any]]
    seen_at: Mapped[datetime]


class Playbook(Base):
    """Which version of a playbook is in force, and what people have switched.

    `enabled` and `sends` (customer touches go out without approval) are empty while nobody has
    decided otherwise than the file. `on_since` is when it last began to act: what happened
    before starts nothing. `baseline_id` is the version whose members were counted first, without
    starting anything. `problem` says what is wrong with the file of today, whose last good
    version stays in force; `gone_at` is since when there is no file.
    """

    __tablename__ = "playbooks"

    name: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("playbook_versions.id", ondelete="SET NULL")
    )
    baseline_id: Mapped[int | None] = mapped_column(
        ForeignKey("playbook_versions.id", ondelete="SET NULL")
    )
    enabled: Mapped[bool | None]
    sends: Mapped[bool | None]
    on_since: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    problem_at: Mapped[datetime | None]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime | None]


HOLDS = text("over_at IS NULL")
NO_GOAL = text("goal_at IS NULL")
DUE = text("state = 'active' AND due_at IS NOT NULL")


class PlaybookRun(Base):
    """One account's way through one version of a playbook.

    `subject` is what started it within the account: an event's own id, a contact, a feature, or
    empty; `subject_id` is the row it names. `facts` is what the trigger saw. `state` is active,
    paused, finished, exited (its exit criteria hold) or stopped (by a person or a playbook).
    `step` is what is next, at `due_at`; without `due_at` it waits until a condition holds,
    until `wait_until` at the latest. `over_at` is when its cause went away or it may start anew:
    until then the same cause starts no second run. `goal_at` is when its goal was reached.
    """

    __tablename__ = "playbook_runs"
    __table_args__ = (
        Index(
            "uq_playbook_runs_holds",
            "playbook",
            "account_id",
            "subject",
            unique=True,
            sqlite_where=HOLDS,
            postgresql_where=HOLDS,
        ),
        Index("ix_playbook_runs_due", "due_at", sqlite_where=DUE, postgresql_where=DUE),
        Index("ix_playbook_runs_state_version_id_step", "state", "version_id", "step"),
        Index("ix_playbook_runs_account_id_started_at", "account_id", "started_at"),
        Index(
            "ix_playbook_runs_no_goal",
            "version_id",
            "started_at",
            sqlite_where=NO_GOAL,
            postgresql_where=NO_GOAL,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    playbook: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("playbook_versions.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="SET NULL"), index=True
    )
    subject: Mapped[str] = mapped_column(default="")
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="active")
    step: Mapped[str | None]
    due_at: Mapped[datetime | None]
    wait_until: Mapped[datetime | None]
    started_at: Mapped[datetime]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    over_at: Mapped[datetime | None]
    goal_at: Mapped[datetime | None]


class PlaybookStep(Base):
    """A step that a run has taken; a second row for the same step cannot exist.

    `outcome` is done, skipped or failed; `note` says what it did, or why not.
    """

    __tablename__ = "playbook_steps"
    __table_args__ = (UniqueConstraint("run_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("playbook_runs.id", ondelete="CASCADE"))
    step: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    outcome: Mapped[str]
    note: Mapped[str | None]


class PlaybookMember(Base):
    """An account that fulfils the condition which a playbook watches being entered or left."""

    __tablename__ = "playbook_members"

    playbook: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )


class PlaybookAlert(Base):
    """What an alert step asks somebody to do: true until its run exits or somebody is done.

    The detector `playbook` reads these rows; cards, pings and closing are those of all alerts.
    """

    __tablename__ = "playbook_alerts"
    __table_args__ = (UniqueConstraint("run_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("playbook_runs.id", ondelete="CASCADE"))
    step: Mapped[str]
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    severity: Mapped[str]
    title: Mapped[str]
    why: Mapped[str | None]
    next_step: Mapped[str | None]
    at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
