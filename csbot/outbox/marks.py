"""Asks for what a channel shows beside its messages: a pin, its topic, a bookmark."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.db.rows import insert_missing
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Priority
from messages.account_channels import ChannelNeutral

AGAIN = "again"  # in a pin's payload: it was there before
OWN, NEUTRAL = "channel_mark", ChannelNeutral.name
CALLS = PIN, TOPIC, BOOKMARK = "pin", "topic", "bookmark"


@dataclass(frozen=True)
class Mark:
    """One of them for a channel's id, of those with the same `what` only the newest goes out.

    `about` is the key of the post that is pinned, or bookmarked where there is no other link.
    `neutral` says nothing about anybody: it may be set where another organisation reads along.
    """

    call: str
    channel: str
    payload: dict[str, Any]
    what: str = ""
    about: str | None = None
    neutral: bool = False
    priority: Priority = Priority.NORMAL

    @property
    def target(self) -> str:
        return ":".join(part for part in (self.call, self.channel, self.what) if part)


def pin(channel: str, key: str, *, on: bool = True, again: bool = False, **more: Any) -> Mark:
    return Mark(PIN, channel, {"on": on, AGAIN: again}, about=key, **more)


def topic(channel: str, text: str, *, over: str = "", **more: Any) -> Mark:
    """With `over` only where these words stand in the topic that is there."""
    return Mark(TOPIC, channel, {"topic": text, "over": over}, **more)


def bookmark(channel: str, what: str, link: str | None, title: str | None, **more: Any) -> Mark:
    """Without a title it is taken away."""
    return Mark(BOOKMARK, channel, {"link": link, "title": title}, what, **more)


def newest(session: Session, channels: Collection[str]) -> Sequence[OutgoingMessage]:
    """The last of each kind that was asked for in these channels."""
    if not channels:
        return []
    o = OutgoingMessage
    mine = o.call.in_(CALLS), o.lane.in_(channels)
    last = select(func.max(o.id)).where(*mine).group_by(o.target)
    return session.scalars(select(o).where(o.id.in_(last)).order_by(o.id)).all()


def repeated(row: OutgoingMessage) -> Mark:
    """The same once more."""
    what = "".join((row.target or "").split(":")[2:])
    neutral = row.message == NEUTRAL
    return Mark(row.call, row.lane, row.payload, what, row.thread, neutral, Priority.ROUTINE)


def enqueue_marks(session: Session, marks: Sequence[Mark], *, now: datetime) -> None:
    """Set them, in one statement however many they are."""
    rows = [
        {
            "key": f"{mark.target}/{uuid4().hex}", "call": mark.call, "lane": mark.channel,
            "message": NEUTRAL if mark.neutral else OWN, "target": mark.target,
            "thread": mark.about, "payload": mark.payload, "priority": mark.priority,
            "created_at": now, "not_before": now,
        }
        for mark in marks
    ]  # fmt: skip
    if rows:
        insert_missing(session, OutgoingMessage, rows)
