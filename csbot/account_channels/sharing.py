"""The moment another organisation reads along: nothing internal goes there from then on."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.orm import Session, aliased

from csbot.account_channels.header import leave
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.service import noted
from csbot.alerts import groups, posting
from csbot.alerts.model import Alert, AlertGroup
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.pace import UPDATES_PER_MINUTE
from csbot.outbox.queue import Priority, Rewrite, enqueue_updates_many
from csbot.settings import Settings
from csbot.slack.model import Channel
from messages.account_channels import AccountHeader, ChannelNeutral

o = OutgoingMessage
REFUSED = "shared_channel"
DIED = (REFUSED, "is_archived", "channel_not_found")
COUNTS = ("waiting", "sending", "sent")  # of updates
OWN = (AccountHeader.name, ChannelNeutral.name)  # what stands in no other channel


def became_shared(
    session: Session, places: Collection[str], *, settings: Settings, now: datetime
) -> int:
    """Of these channels (ids, #names) those that follow an account turn neutral; how many did.

    Header and topic first, before anything else is sent; what waits for them goes to the alerts
    channel instead, what would change a message in them is dropped, and what csbot has said there
    is taken out: whoever comes in reads back.
    """
    found = _links(session, places, AccountChannel.neutral_at.is_(None))
    for link in found:
        link.neutral_at = now
        leave(session, link, shared=True, now=now)
        reroute(session, link, settings.alerts_channel, now)
        _take_out(session, [link.channel_id], now)
        noted(session, "channel.neutral", link, by=None, now=now)
    return len(found)


def came_late(
    session: Session, places: Collection[str], *, settings: Settings, now: datetime
) -> bool:
    """What was on its way to channels when they turned neutral is moved once it is refused.

    False where none of them follows an account.
    """
    found = _links(session, places, AccountChannel.neutral_at.is_not(None))
    for link in found:
        reroute(session, link, settings.alerts_channel, now)
    return bool(found)


def _links(
    session: Session, places: Collection[str], which: ColumnElement[bool]
) -> Sequence[AccountChannel]:
    names = [place[1:] for place in places if place.startswith("#")]
    mine = or_(AccountChannel.channel_id.in_(list(places)), AccountChannel.name.in_(names))
    return session.scalars(select(AccountChannel).where(mine, which).with_for_update()).all()


def learnt(session: Session, *, settings: Settings, now: datetime) -> int:
    """As `became_shared`, for what Slack has told in passing of channels that csbot asked about."""
    query = (
        select(AccountChannel.channel_id)
        .join(Channel, Channel.id == AccountChannel.channel_id)
        .where(AccountChannel.neutral_at.is_(None), Channel.is_ext_shared)
    )
    places = session.scalars(query).all()
    return became_shared(session, places, settings=settings, now=now) if places else 0


def no_own(session: Session, places: Collection[str], *, settings: Settings, now: datetime) -> None:
    """What stands in these, which follow no account, is taken out; alerts go to the alerts channel.

    Where that is one of them, what is open waits as for a channel that is archived.
    """
    here, to = _known_as(session, places), settings.alerts_channel
    listed = {name.lstrip("#") for name in settings.config.channels.shared_allowed}
    if listed & {place.lstrip("#") for place in here}:
        return
    _drop_changes(session, here)
    open_ = Alert.channel.in_(here), Alert.closed_at.is_(None)
    found = session.execute(select(Alert.id, Alert.group_id).where(*open_)).all()
    if found and to not in here:
        own = {*(posting.key(id) for id, _ in found), *(groups.key(g) for _, g in found if g)}
        refused = update(o).where(o.key.in_(own), o.lane.in_(here), *_unsaid())
        session.execute(refused.values(**_again(to)))
    if found:
        _move_alerts(session, here, to, now)
    _take_out(session, here, now)


def _known_as(session: Session, places: Collection[str]) -> set[str]:
    """With the id of a channel where only its #name is known, and the other way round."""
    posted = select(o.slack_channel, o.lane).where(
        o.call == "post", or_(o.lane.in_(places), o.slack_channel.in_(places)),
        o.slack_channel.is_not(None), o.lane.startswith("#"),
    )  # fmt: skip
    return {*places, *(part for row in session.execute(posted.distinct()) for part in row)}


def reroute(session: Session, link: AccountChannel, to: str, now: datetime) -> None:
    """What waits for the channel, has died there, or stands there open goes `to` this one."""
    here = {link.channel_id, f"#{link.name}"}
    if to in here:
        return  # then nothing goes out at all: the look before each post sees to that
    session.flush()
    _drop_changes(session, here)
    others = o.thread.is_(None), o.message.not_in(OWN)
    posts = update(o).where(o.call == "post", *others, o.lane.in_(here), *_unsaid())
    session.execute(posts.values(**_again(to)))
    _move_alerts(session, here, to, now)


def _unsaid() -> list[ColumnElement[bool]]:
    return [or_(o.state == "waiting", (o.state == "dead") & o.last_error.in_(DIED))]


def _again(to: str) -> dict[str, Any]:
    return {"lane": to, "state": "waiting", "attempts": 0, "first_claim_at": None}


def _move_alerts(session: Session, here: Collection[str], to: str, now: datetime) -> None:
    """What is open begins anew there: its message in the shared channel can follow it no more."""
    open_ = Alert.channel.in_(here), Alert.closed_at.is_(None)
    stands = select(o.key).where(o.slack_channel.in_(here), o.call == "post")
    said = set(session.scalars(stands))
    posted = session.execute(
        select(Alert.id, Alert.group_id).where(*open_, Alert.posted_at.is_not(None))
    ).all()
    own = [posting.key(id) for id, group in posted if not group]
    ids = [id for id, group in posted if {posting.key(id), groups.key(group or 0)} & said]
    left = update(o).where(o.key.in_([key for key in own if key in said]))
    session.execute(
        left.values(key=o.key + f":left:{now:%Y%m%d%H%M%S%f}"),
        execution_options={"synchronize_session": False},
    )
    again = case((Alert.state == "open", now), else_=Alert.post_at)
    anew = update(Alert).where(Alert.id.in_(ids))
    further = {"dm_at": None, "escalate_at": None, "undo": None, "undo_until": None}
    session.execute(anew.values(posted_at=None, group_id=None, post_at=again, **further))
    session.execute(update(Alert).where(*open_).values(channel=to))
    whole = update(AlertGroup).where(AlertGroup.channel.in_(here), AlertGroup.closed_at.is_(None))
    shown = [id for id in {group for _, group in posted if group} if groups.key(id) in said]
    session.execute(whole.where(AlertGroup.id.in_(shown)).values(closed_at=now))
    session.execute(whole.values(channel=to))


def _take_out(session: Session, here: Collection[str], now: datetime) -> None:
    """Once each, the newest first, and of a long history no more before all else than a minute
    takes: others' cards are rewritten at the same pace."""
    there = o.slack_channel.in_(here), o.call == "post", o.message.not_in(OWN)
    later = aliased(o)
    stands = or_(later.state.in_(COUNTS), later.message == ChannelNeutral.name)
    last = select(later.message).where(later.target == o.key, stands)
    as_it_is = last.order_by(later.id.desc()).limit(1).scalar_subquery()
    inside = as_it_is.is_distinct_from(ChannelNeutral.name)
    query = select(o.key).where(*there, inside).order_by(o.id.desc())
    items = [Rewrite(key, ChannelNeutral(shared=True)) for key in session.scalars(query)]
    parts = items[:UPDATES_PER_MINUTE], items[UPDATES_PER_MINUTE:]
    for part, priority in zip(parts, (Priority.URGENT, Priority.ROUTINE), strict=True):
        enqueue_updates_many(session, part, now=now, priority=priority)


def _drop_changes(session: Session, here: Collection[str]) -> None:
    """Of messages that stand there already, and replies to them, but for what is neutral."""
    there = select(o.key).where(o.slack_channel.in_(here), o.call == "post")
    about = or_(o.target.in_(there), o.thread.in_(there) & (o.call == "post"))
    waiting = update(o).where(o.state == "waiting", about, o.message != ChannelNeutral.name)
    session.execute(
        waiting.values(state="superseded", last_error=REFUSED),
        execution_options={"synchronize_session": False},
    )
