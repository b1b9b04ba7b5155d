from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Feedback(Base):
    """What a customer said; `score` is 0-10 for nps, 1-5 for csat and happiness.

    What a survey sent has its `sender` and `external_id`, and the sender's time of the newest
    word of it in `as_of`.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_account_id_at", "account_id", "at"),
        Index("ix_feedback_at", "at"),
        Index("ix_feedback_negative_answered_at", "negative", "answered_at"),
        Index("uq_feedback_sender_external_id", "sender", "external_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    email: Mapped[str | None]
    kind: Mapped[str]
    score: Mapped[int]
    negative: Mapped[bool]
    comment: Mapped[str | None]
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    sender: Mapped[str | None]
    external_id: Mapped[str | None]
    as_of: Mapped[datetime | None]
