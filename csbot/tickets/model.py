from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Ticket(Base):
    """A support request; `status` is open, pending, solved or closed.

    `sentiment` is -100 (angry) to 100 (delighted), of what the customer wrote last, at `said_at`;
    `first_response_at` is the first public answer of a person of ours; `as_of` is the sender's
    time of the newest event applied. `told` is what the sender said of each and when: events
    come in any order, and the other columns follow from it.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("sender", "external_id"),
        Index("ix_tickets_account_id_opened_at", "account_id", "opened_at"),
        Index("ix_tickets_status_opened_at", "status", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    sender: Mapped[str]
    external_id: Mapped[str]
    subject: Mapped[str]
    status: Mapped[str]
    priority: Mapped[str | None]
    sentiment: Mapped[int | None]
    url: Mapped[str | None]
    opened_at: Mapped[datetime]
    first_response_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    said_at: Mapped[datetime | None]
    as_of: Mapped[datetime]
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
