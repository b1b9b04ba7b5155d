"""The pinned header of a channel: posted, pinned, and taken back so that nothing is left of it."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from csbot.account_channels import briefs
from csbot.account_channels.facts import headers
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.record import TITLE, of_record
from csbot.find import account_by_id
from csbot.outbox.marks import Mark, bookmark, enqueue_marks, pin, topic
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import (
    Priority,
    Rewrite,
    enqueue,
    enqueue_updates_many,
    withdraw,
)
from csbot.settings import Settings
from messages.account_channels import TOPIC_MARK, AccountHeader, ChannelNeutral

SHARED_TOPIC, ENDED_TOPIC = "Shared with another organisation", "No account is followed here"


def show(session: Session, link: AccountChannel, *, settings: Settings, now: datetime) -> None:
    """Post the header anew and pin it, with topic and bookmark."""
    session.flush()
    said = headers(session, [link.account_id], settings=settings, now=now)[link.account_id]
    marks = [post(session, link, said, now=now)]
    if link.topic is None:
        link.topic = said.topic
        marks.append(topic(link.channel_id, said.topic))
    if found := of_record(account_by_id(session, link.account_id)):
        link.bookmarks = {**link.bookmarks, "crm": found}
        marks.append(bookmark(link.channel_id, "crm", found, TITLE))
    if briefs.KEY not in link.bookmarks:
        marks.append(briefs.begin(session, link, settings=settings, now=now))
    enqueue_marks(session, marks, now=now)


def post(session: Session, link: AccountChannel, said: AccountHeader, *, now: datetime) -> Mark:
    """A new header; the mark that pins it is for the caller to ask for."""
    link.header = f"header:{link.channel_id}:{uuid4().hex}"
    link.seen, link.header_at = seen(said), now
    enqueue(session, said, to=link.channel_id, key=link.header, now=now)
    return pin(link.channel_id, link.header)


def seen(said: AccountHeader) -> str:
    """The digest of what a header says, whenever it says it."""
    facts: dict[str, Any] = {**vars(said), "as_of": None}
    return sha256(repr(sorted(facts.items())).encode("utf-8", "replace")).hexdigest()[:32]


def leave(session: Session, link: AccountChannel, *, shared: bool, now: datetime) -> None:
    """Leave nothing about the account there; where others read along, before all that waits."""
    said = [key for key in (link.header, link.bookmarks.get(briefs.KEY)) if key]
    withdraw(session, said)
    neutral = [Rewrite(key, ChannelNeutral(shared=shared)) for key in said]
    enqueue_updates_many(session, neutral, now=now, priority=_haste(shared))
    if shared:
        _hurry(session, said)
    enqueue_marks(session, _neutral(link, shared), now=now)
    link.topic, link.bookmarks, link.seen = None, {}, None


def _haste(shared: bool) -> Priority:
    return Priority.FIRST if shared else Priority.NORMAL


def _hurry(session: Session, said: list[str]) -> None:
    """What waited already and says now what is neutral kept its old place in the queue."""
    own = or_(OutgoingMessage.key.in_(said), OutgoingMessage.target.in_(said))
    waiting = update(OutgoingMessage).where(own, OutgoingMessage.state == "waiting")
    session.execute(waiting.values(priority=Priority.FIRST))


def _neutral(link: AccountChannel, shared: bool) -> list[Mark]:
    how: dict[str, Any] = {"neutral": True, "priority": _haste(shared)}
    marks = []
    if link.topic or (link.neutral_at is not None and not shared):
        marks.append(_topic_back(link, shared, how))
    if link.header and not shared:
        marks.append(pin(link.channel_id, link.header, on=False, **how))
    if crm := link.bookmarks.get("crm"):
        marks.append(bookmark(link.channel_id, "crm", crm, None, **how))
    if brief := link.bookmarks.get(briefs.KEY):
        marks.append(bookmark(link.channel_id, "brief", None, None, about=brief, **how))
    return marks


def _topic_back(link: AccountChannel, shared: bool, how: dict[str, Any]) -> Mark:
    """People's own topic again; one that they have set meanwhile stays.

    What csbot set when the channel was shared stays for as long as others read along: what people
    had written before may be internal.
    """
    if shared:
        return topic(link.channel_id, SHARED_TOPIC, **how)
    before = link.topic_before or ENDED_TOPIC
    if link.neutral_at is not None:
        return topic(link.channel_id, before, over=SHARED_TOPIC)
    return topic(link.channel_id, before, over=TOPIC_MARK, **how)
