from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base

LANES = {"email": "*email", "sms": "*sms"}  # one for everybody: the pace is the provider's
# Calls that change what stands in Slack already: nobody hears of them, so they wait for no turn in
# a conversation, and of several that wait for one target only the newest goes out.
MARKS = "*marks"  # what a channel shows beside its messages: pin, topic, bookmark
QUIET = {
    "update": "*updates", "home": "*homes", "pin": MARKS, "topic": MARKS, "bookmark": MARKS,
}  # fmt: skip


class OutgoingMessage(Base):
    """One call of another system that a committed decision asked for.

    `call` is post, ephemeral or one of QUIET, which go to Slack, or one of LANES, which go to a
    customer.
    `lane` is the conversation it queues in: a channel id or name, a person's id for a direct
    message, or one of LANES. `state` goes from waiting over sending to sent, dead (refused),
    uncertain (may or may not be there) or superseded (a newer update went out, or it is not wanted
    any more). An update carries the key of the post it rewrites in `target`; a reply its parent's
    in `thread`. The payload of an e-mail or SMS names its touch: `touch_id`. A home has none: it is
    drawn when it is sent. A pin names in `thread` the post that it pins. A
    reply to a message that csbot did not post names its place there (csbot/outbox/places.py).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_not_before", "state", "not_before"),
        Index("ix_outbox_target_id", "target", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    call: Mapped[str]
    message: Mapped[str]
    lane: Mapped[str]
    to_person: Mapped[str | None]
    target: Mapped[str | None]
    thread: Mapped[str | None]
    broadcast: Mapped[bool] = mapped_column(default=False)
    payload: Mapped[dict[str, Any]]
    priority: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="waiting")
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    first_claim_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    slack_channel: Mapped[str | None]
    slack_ts: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class Lane(Base):
    """When a conversation may next be posted to: the pace of one message a second, shared."""

    __tablename__ = "outbox_lanes"

    lane: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
