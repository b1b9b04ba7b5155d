"""The moment another organisation reads along: nothing internal goes there from then on."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from csbot.account_channels.header import leave
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.service import noted
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
        _reroute(session, link, settings.alerts_channel)
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


def _reroute(session: Session, link: AccountChannel, to: str) -> None:
    here = [link.channel_id, f"#{link.name}"]
    if to in here:
        return  # then nothing goes out at all: the look before each post sees to that
    session.flush()
    _drop_changes(session, link)
    waiting = or_(o.state == "waiting", (o.state == "dead") & (o.last_error == REFUSED))
    posts = update(o).where(o.call == "post", o.thread.is_(None), o.lane.in_(here), waiting)
    session.execute(posts.values(lane=to, state="waiting", attempts=0, first_claim_at=None))
    unsaid = update(Alert).where(Alert.channel.in_(here), Alert.closed_at.is_(None))
    session.execute(unsaid.values(channel=to))
    groups = update(AlertGroup).where(AlertGroup.channel.in_(here), AlertGroup.closed_at.is_(None))
    session.execute(groups.values(channel=to))


def _drop_changes(session: Session, link: AccountChannel) -> None:
    """Of messages that stand there already, but of the header, and replies to them."""
    there = select(o.key).where(o.slack_channel == link.channel_id, o.call == "post")
    about = or_(o.target.in_(there), o.thread.in_(there) & (o.call == "post"))
    others = or_(o.target.is_(None), o.target != (link.header or ""))
    waiting = update(o).where(o.state == "waiting", about, others)
    session.execute(
        waiting.values(state="superseded", last_error=REFUSED),
        execution_options={"synchronize_session": False},
    )
