"""Headers and topics brought up to date, for all channels at once; and what somebody took away."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.account_channels import news, refused, sharing
from csbot.account_channels.facts import headers
from csbot.account_channels.header import post, seen
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.service import noted
from csbot.outbox.marks import AGAIN, PIN, Mark, enqueue_marks, pin, topic
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Priority, Rewrite, enqueue, enqueue_updates_many
from csbot.settings import Settings
from messages.account_channels import AccountHeader, HeaderRemade

# Longer than this between two updates: at most 11 in any hour, beside the day's one of the brief.
APART = timedelta(minutes=5, seconds=30)
# As long a header stands unlooked at: that somebody took it away shows when it is rewritten.
LOOK = timedelta(hours=1)
# So many a minute: ten, or a sixtieth of all where that is more; Slack takes some twenty pins.
LOOKS, PINS = 10, 20
Links = Sequence[AccountChannel]
Said = Mapping[int, AccountHeader]
o = OutgoingMessage


class Kept(NamedTuple):
    """How many headers were rewritten, brought back, and turned neutral."""

    updated: int
    remade: int
    neutral: int


def keep_current(session: Session, *, settings: Settings, now: datetime) -> Kept:
    """Nothing happens to what is as it was; run every minute, a constant number of queries."""
    neutral = sharing.learnt(session, settings=settings, now=now)
    query = select(AccountChannel).where(AccountChannel.neutral_at.is_(None))
    links = session.scalars(query.order_by(AccountChannel.channel_id).with_for_update()).all()
    said = headers(session, {link.account_id for link in links}, settings=settings, now=now)
    remade = _bring_back(session, links, said, now=now)
    news.tell(session, links, said, now=now)
    return Kept(_update(session, links, said, now), remade, neutral)


def _update(session: Session, links: Links, said: Said, now: datetime) -> int:
    marks = [mark for link in links if (mark := _topic(link, said[link.account_id]))]
    due = _due(links, said, now)
    anew = {mark.target for mark in marks}
    missing = refused.again(session, {link.channel_id: link for link in due})
    marks += [mark for mark in missing if mark.target not in anew]
    never = {mark.channel for mark in missing if mark.call == PIN}
    items = []
    for link in due:
        link.seen, link.header_at = seen(said[link.account_id]), now
        items.append(Rewrite(link.header or "", said[link.account_id]))
        if not link.remade and link.channel_id not in never:
            marks.append(_repin(link))
    enqueue_updates_many(session, items, now=now)
    enqueue_marks(session, marks, now=now)
    return len(due)


def _due(links: Links, said: Said, now: datetime) -> Links:
    """What has changed, and of the rest the few that nobody has looked at for longest."""
    shown = [link for link in links if link.header]
    changed = [link for link in shown if _has_changed(link, said[link.account_id], now)]
    old = sorted(
        (link for link in shown if _age(link, now) > LOOK), key=lambda link: _age(link, now)
    )
    few = min(max(LOOKS, ceil(len(shown) / 60)), PINS)
    return list({link.channel_id: link for link in [*changed, *old[-few:]]}.values())


def _has_changed(link: AccountChannel, said: AccountHeader, now: datetime) -> bool:
    return link.seen != seen(said) and _age(link, now) > APART


def _age(link: AccountChannel, now: datetime) -> timedelta:
    return now - link.header_at if link.header_at else LOOK * 2


def _topic(link: AccountChannel, said: AccountHeader) -> Mark | None:
    """Only when owner, stage or renewal date have changed: another name is not worth a line."""
    if link.topic is None or link.topic.endswith(said.topic_facts):
        return None
    link.topic = said.topic
    return topic(link.channel_id, said.topic)


def _repin(link: AccountChannel) -> Mark:
    """Does nothing while it is pinned, and tells by that whether somebody has unpinned it."""
    return pin(link.channel_id, link.header or "", again=True, priority=Priority.ROUTINE)


def _bring_back(session: Session, links: Links, said: Said, *, now: datetime) -> int:
    """Once for each header that somebody took away; the second time it stays away."""
    known = {link.header: link for link in links if link.header}
    deleted, unpinned = _deleted(session, list(known)), _unpinned(session, links)
    for key in sorted(deleted | unpinned):
        link = known[key]
        if key in deleted and link.remade:
            link.header, link.seen = None, None
            noted(session, "channel.header_left", link, by=None, now=now)
        elif not link.remade:
            _remake(session, link, said[link.account_id], deleted=key in deleted, now=now)
    return len(deleted | unpinned)


def _remake(
    session: Session, link: AccountChannel, said: AccountHeader, *, deleted: bool, now: datetime
) -> None:
    link.remade = 1
    if deleted:
        enqueue_marks(session, [post(session, link, said, now=now)], now=now)
    told = HeaderRemade(deleted=deleted, account=said.account)
    key = f"{link.header}:remade"
    enqueue(session, told, to=link.channel_id, key=key, thread=link.header, now=now)
    noted(session, "channel.header_remade", link, by=None, now=now)


def _deleted(session: Session, keys: list[str]) -> set[str]:
    """Headers that an update did not find any more."""
    gone = o.call == "update", o.state == "dead", o.last_error == "message_not_found"
    return {
        key for key in session.scalars(select(o.target).where(o.target.in_(keys), *gone)) if key
    }


def _unpinned(session: Session, links: Links) -> set[str]:
    """Headers that had to be pinned again."""
    pins = {f"pin:{link.channel_id}": link.header for link in links if not link.remade}
    anew = select(o.thread, o.payload).where(
        o.target.in_(list(pins)), o.thread.in_([key for key in pins.values() if key]),
        o.state == "sent", o.slack_ts.is_not(None),
    )  # fmt: skip
    return {key for key, payload in session.execute(anew) if key and payload.get(AGAIN)}
