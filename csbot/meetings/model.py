from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Meeting(Base):
    """A meeting with a customer; `outcome` is attended, no_show, cancelled or still unknown.

    `source` is who told us of it first (calendar, calendly, calcom, a sender's name), empty for
    one that a person added; `as_of` is the teller's own time of the newest that was taken over.
    """

    __tablename__ = "meetings"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(default="meeting")
    title: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    duration_minutes: Mapped[int] = mapped_column(default=30)
    organizer_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    attendees: Mapped[list[str]] = mapped_column(default=list)
    agenda: Mapped[str | None]
    objectives: Mapped[str | None]
    outcome: Mapped[str | None]
    notes: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    source: Mapped[str | None]
    as_of: Mapped[datetime | None]


class MeetingRef(Base):
    """What a meeting is called elsewhere: in a feed (`feed:3`), at a booking system, in iCalendar.

    One meeting has many: one in each colleague's feed, one more after each time it was moved.
    `live` until it is gone there; a meeting that is live nowhere is cancelled. `missed_at` is when
    a feed that was read lacked it for the first time: the next reading decides.
    """

    __tablename__ = "meeting_refs"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meetings.id", ondelete="CASCADE"), index=True
    )
    source: Mapped[str]
    external_id: Mapped[str] = mapped_column(index=True)
    live: Mapped[bool] = mapped_column(default=True)
    missed_at: Mapped[datetime | None]


class Debrief(Base):
    """That somebody was asked how a meeting went; `message` is the key of the message that asks.

    Several meetings one after the other share a message. `again_at` is when the digest asked once
    more, `answered_at` when the meeting's outcome was known.
    """

    __tablename__ = "meeting_debriefs"
    __table_args__ = (
        Index("ix_meeting_debriefs_message", "message"),
        Index(
            "ix_meeting_debriefs_member_id",
            "member_id",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    message: Mapped[str]
    asked_at: Mapped[datetime]
    again_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
