"""Everything Slack or another system tells us is stored once before anything acts on it."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from csbot.db.base import Base
from csbot.db.rows import insert_once


class Received(Base):
    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("source", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    event_id: Mapped[str]
    received_at: Mapped[datetime]


def first_time(session: Session, *, source: str, event_id: str, now: datetime) -> bool:
    """Note that this event has come; False when it had come before."""
    return insert_once(session, Received, source=source, event_id=event_id, received_at=now)
