"""A channel begins to follow an account, and ends it."""

from datetime import datetime
from enum import Enum, auto

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.account_channels.header import ENDED_TOPIC, SHARED_TOPIC, leave, show
from csbot.account_channels.model import AccountChannel
from csbot.accounts.model import Account
from csbot.alerts import routing
from csbot.alerts.among import put
from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.outbox.marks import TOPIC, newest
from csbot.settings import Settings
from csbot.slack.gateway import ChannelInfo
from csbot.slack.model import Channel
from csbot.team.model import TeamMember
from messages.account_channels import TOPIC_MARK

SHARED = (
    "This channel is shared with another organisation, so I say nothing about a customer in it. "
    "Follow the account from an internal channel."
)
GENERAL = (
    "Everybody in the workspace reads this channel, so no account is followed in it. "
    "Make a channel for the account, type `/invite @csbot` there, then follow again."
)
COMMON = (
    "News of many accounts goes to this channel, so it follows no single one: its topic and what "
    "is typed here would be about that one. Make a channel for the account, type `/invite @csbot` "
    "there, then follow again."
)
NOTHING = "{} channel follows no account. `/cs follow` with a name, typed in it, begins that."
NOT_YOURS = "That channel is private: type the same in there."
UNINVITED = "I am not in that channel yet. Type `/invite @csbot` there, then follow again."


class Followed(Enum):
    """What came of asking for it; ANEW brought back a header that somebody had taken away."""

    NEW = auto()
    ALREADY = auto()
    ANEW = auto()


def follow(
    session: Session,
    *,
    channel: ChannelInfo,
    asked_in: str | None,
    account_id: int,
    by: TeamMember,
    settings: Settings,
    now: datetime,
) -> tuple[Account, Followed]:
    """Link them, pin the header and set the topic; asked again, a header taken away comes back."""
    require(by, May.FOLLOW)
    account = account_by_id(session, account_id, lock=True)
    check(channel, asked_in=asked_in, settings=settings)
    link = session.get(AccountChannel, channel.id, with_for_update=True)
    new = link is None or link.neutral_at is not None
    if link is not None and not new and link.account_id != account.id:
        known = account_by_id(session, link.account_id)
        raise Refused(
            f"This channel follows {known.name} already. `/cs unfollow` ends that first.",
            field="channel",
        )
    link = link or _linked(session, channel)
    if new:
        link.account_id, link.name, link.header = account.id, channel.name, None
        link.followed_by_id, link.followed_at, link.neutral_at = by.id, now, None
        remember_topic(session, link, channel.topic)
        noted(session, "channel.followed", link, by=by.id, now=now)
    if not new and not link.remade and link.header is not None:
        return account, Followed.ALREADY
    link.remade = 0
    show(session, link, settings=settings, now=now)
    return account, Followed.NEW if new else Followed.ANEW


def unfollow(
    session: Session,
    *,
    channel_id: str | None,
    asked_in: str | None,
    by: TeamMember,
    settings: Settings,
    now: datetime,
) -> Account:
    """Take header, topic and bookmarks back; Refused where no account is followed.

    Slack is not asked: it may know the channel no more. A private one is let be from elsewhere.
    """
    require(by, May.FOLLOW)
    here = channel_id == asked_in
    known = session.get(Channel, channel_id) if channel_id else None
    if known and known.is_private and not known.is_archived and not here:
        raise Refused(NOT_YOURS)
    link = session.get(AccountChannel, channel_id, with_for_update=True) if channel_id else None
    if link is None:
        raise Refused(NOTHING.format("This" if here else "That"))
    account = account_by_id(session, link.account_id)
    leave(session, link, shared=False, now=now)
    noted(session, "channel.unfollowed", link, by=by.id, now=now)
    session.delete(link)
    session.flush()
    _send_elsewhere(Scope.of_one(session, settings, now), link)
    return account


def _send_elsewhere(scope: Scope, link: AccountChannel) -> None:
    """What nobody has seen yet goes where the account's alerts belong from now on."""
    here = link.channel_id, f"#{link.name}"
    unseen = select(Alert.id, Alert.kind).where(
        Alert.account_id == link.account_id, Alert.channel.in_(here),
        Alert.closed_at.is_(None), Alert.posted_at.is_(None),
    )  # fmt: skip
    rows = scope.session.execute(unseen).all()
    where = routing.channels(scope, {(row.kind, link.account_id) for row in rows})
    to: dict[tuple[str], list[int]] = {}
    for row in rows:
        to.setdefault((where[row.kind, link.account_id],), []).append(row.id)
    put(scope.session, ["channel"], to)


def check(channel: ChannelInfo, *, asked_in: str | None, settings: Settings) -> None:
    """Refuses, at a form's field, what nothing can be said in, everybody reads or many share.

    A private one takes it only from within, where `asked_in` (None: from no channel) is itself.
    """
    if channel.is_private and channel.id != asked_in:
        raise Refused(NOT_YOURS, field="channel")
    if channel.is_ext_shared:
        raise Refused(SHARED, field="channel")
    if channel.is_general:
        raise Refused(GENERAL, field="channel")
    if settings.common_channels & {channel.id, f"#{channel.name}", channel.name}:
        raise Refused(COMMON, field="channel")
    if channel.is_archived:
        raise Refused("That channel is archived.", field="channel")
    if not channel.is_member:
        raise Refused(UNINVITED, field="channel")


def _linked(session: Session, channel: ChannelInfo) -> AccountChannel:
    link = AccountChannel(channel_id=channel.id, bookmarks={}, remade=0)
    session.add(link)
    return link


def remember_topic(session: Session, link: AccountChannel, there: str | None) -> None:
    """Unless csbot set it itself: then what it stands for is known, or still on its way back."""
    if not there or there == ENDED_TOPIC:
        return
    if TOPIC_MARK not in there and there != SHARED_TOPIC:
        link.topic_before = there
    elif link.topic_before is None:
        link.topic_before = _on_its_way_back(session, link.channel_id)


def _on_its_way_back(session: Session, channel_id: str) -> str | None:
    last = next((row for row in newest(session, [channel_id]) if row.call == TOPIC), None)
    topic = str(last.payload["topic"]) if last and last.payload["over"] else ENDED_TOPIC
    return topic if topic != ENDED_TOPIC else None


def noted(
    session: Session, verb: str, link: AccountChannel, *, by: int | None, now: datetime
) -> None:
    audit.record(
        session, verb=verb, subject=f"channel:{link.channel_id}", by=by, now=now,
        account=link.account_id, after={"channel": link.name},
    )  # fmt: skip
