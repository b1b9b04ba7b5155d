"""The moment another organisation reads along: nothing internal goes there from then on."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from csbot.account_channels import briefs
from csbot.account_channels.header import leave
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.service import noted
from csbot.alerts import groups, posting
from csbot.alerts.model import Alert, AlertGroup
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Settings
from csbot.slack.model import Channel

o = OutgoingMessage
REFUSED = "shared_channel"


def became_shared(
    session: Session, places: Collection[str], *, settings: Settings, now: datetime
) -> int:
    """Of these channels (ids, #names) those that follow an account turn neutral; how many did.

    Header and topic first, before anything else is sent; what waits for them goes to the alerts
    channel instead, and what would change a message in them is dropped.
    """
    names = [place[1:] for place in places if place.startswith("#")]
    mine = or_(AccountChannel.channel_id.in_(list(places)), AccountChannel.name.in_(names))
    query = select(AccountChannel).where(mine, AccountChannel.neutral_at.is_(None))
    found = session.scalars(query.with_for_update()).all()
    for link in found:
        link.neutral_at = now
        leave(session, link, shared=True, now=now)
        _reroute(session, link, settings.alerts_channel, now)
        noted(session, "channel.neutral", link, by=None, now=now)
    return len(found)


def learnt(session: Session, *, settings: Settings, now: datetime) -> int:
    """As `became_shared`, for what Slack has told in passing of channels that csbot asked about."""
    query = (
        select(AccountChannel.channel_id)
        .join(Channel, Channel.id == AccountChannel.channel_id)
        .where(AccountChannel.neutral_at.is_(None), Channel.is_ext_shared)
    )
    places = session.scalars(query).all()
    return became_shared(session, places, settings=settings, now=now) if places else 0


def _reroute(session: Session, link: AccountChannel, to: str, now: datetime) -> None:
    here = [link.channel_id, f"#{link.name}"]
    if to in here:
        return  # then nothing goes out at all: the look before each post sees to that
    session.flush()
    _drop_changes(session, link)
    waiting = or_(o.state == "waiting", (o.state == "dead") & (o.last_error == REFUSED))
    posts = update(o).where(o.call == "post", o.thread.is_(None), o.lane.in_(here), waiting)
    session.execute(posts.values(lane=to, state="waiting", attempts=0, first_claim_at=None))
    _move_alerts(session, link, here, to, now)


def _move_alerts(
    session: Session, link: AccountChannel, here: list[str], to: str, now: datetime
) -> None:
    """What is open begins anew there: its message in the shared channel can follow it no more."""
    open_ = Alert.channel.in_(here), Alert.closed_at.is_(None)
    stands = select(o.key).where(o.slack_channel == link.channel_id, o.call == "post")
    said = set(session.scalars(stands))
    posted = session.execute(
        select(Alert.id, Alert.group_id).where(*open_, Alert.posted_at.is_not(None))
    ).all()
    own = [posting.key(id) for id, group in posted if not group]
    ids = [id for id, group in posted if {posting.key(id), groups.key(group or 0)} & said]
    left = update(o).where(o.key.in_([key for key in own if key in said]))
    session.execute(
        left.values(key=o.key + f":left:{link.channel_id}:{now:%Y%m%d%H%M%S%f}"),
        execution_options={"synchronize_session": False},
    )
    again = case((Alert.state == "open", now), else_=Alert.post_at)
    anew = update(Alert).where(Alert.id.in_(ids))
    session.execute(anew.values(posted_at=None, group_id=None, post_at=again))
    session.execute(update(Alert).where(*open_).values(channel=to))
    whole = update(AlertGroup).where(AlertGroup.channel.in_(here), AlertGroup.closed_at.is_(None))
    shown = [id for id in {group for _, group in posted if group} if groups.key(id) in said]
    session.execute(whole.where(AlertGroup.id.in_(shown)).values(closed_at=now))
    session.execute(whole.values(channel=to))


def _drop_changes(session: Session, link: AccountChannel) -> None:
    """Of messages that stand there already, but of the header, and replies to them."""
    there = select(o.key).where(o.slack_channel == link.channel_id, o.call == "post")
    about = or_(o.target.in_(there), o.thread.in_(there) & (o.call == "post"))
    own = [key for key in (link.header, link.bookmarks.get(briefs.KEY)) if key]
    others = or_(o.target.is_(None), o.target.not_in(own))
    waiting = update(o).where(o.state == "waiting", about, others)
    session.execute(
        waiting.values(state="superseded", last_error=REFUSED),
        execution_options={"synchronize_session": False},
    )
