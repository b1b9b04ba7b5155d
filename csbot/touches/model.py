from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Approval(Base):
    """One question in Slack: shall these drafts go to the customers of one owner?

    `version` grows with every change of a draft: a button of an older version is refused.
    `state` is open, approved, skipped, expired (nothing was sent) or withdrawn.
    """

    __tablename__ = "approvals"
    __table_args__ = (Index("ix_approvals_state_expires_at", "state", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    playbook: Mapped[str]
    step: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    to: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]


WAITING = text("state IN ('draft', 'approved')")
ASKED = text("approval_id IS NOT NULL")  # most need nobody's approval


class Touch(Base):
    """One message to one person at a customer, by e-mail or SMS.

    `state` goes from draft over approved and queued (in the outbox) to sent, then perhaps bounced;
    or ends as skipped, expired, withdrawn, failed (refused by the other side) or uncertain.
    An approved one is queued once `send_at` has come, the customer's quiet hours and the weekly
    cap allow it, and never after `expires_at`. `words` has subject, text and html as they go out.
    `why` says how it ended, or that a draft is unticked in its question.
    `token` is the unguessable part of the unsubscribe link; `external_id` is the other side's.
    `address` is as it goes out: a phone number in E.164, an e-mail address in small letters.
    """

    __tablename__ = "touches"
    __table_args__ = (
        UniqueConstraint("run_id", "step", "contact_id"),
        Index("ix_touches_waiting", "send_at", sqlite_where=WAITING, postgresql_where=WAITING),
        Index(
            "ix_touches_asked", "approval_id", "state", sqlite_where=ASKED, postgresql_where=ASKED
        ),
        Index("ix_touches_contact_id_queued_at", "contact_id", "queued_at"),
        Index("ix_touches_address_queued_at", "address", "queued_at"),
        Index("ix_touches_account_id_created_at", "account_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int | None] = mapped_column(
        ForeignKey("playbook_runs.id", ondelete="CASCADE"), index=True
    )
    step: Mapped[str | None]
    playbook: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approvals.id", ondelete="SET NULL"))
    channel: Mapped[str]
    address: Mapped[str]
    words: Mapped[dict[str, Any]]
    attachment: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(default="draft")
    why: Mapped[str | None]
    created_at: Mapped[datetime]
    send_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    queued_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    token: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None] = mapped_column(index=True)
