"""What happens to a channel that follows an account: shared, renamed, by another id, ended."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from csbot.account_channels.model import AccountChannel
from csbot.account_channels.service import noted
from csbot.account_channels.sharing import became_shared, no_own, reroute
from csbot.alerts.model import Alert, AlertGroup
from csbot.outbox.model import OutgoingMessage
from csbot.overrides import in_force
from csbot.settings import Settings

ENDS = ("channel_archive", "channel_deleted", "group_archive", "group_deleted")
PLACES = (
    (OutgoingMessage, OutgoingMessage.lane), (OutgoingMessage, OutgoingMessage.slack_channel),
    (Alert, Alert.channel), (AlertGroup, AlertGroup.channel),
)  # fmt: skip


def follow_channel(
    session: Session, event: dict[str, Any], channel: str, *, settings: Settings, now: datetime
) -> None:
    """Take in what Slack's own event says of the channel of this id."""
    if event["type"] in ENDS:
        _ended(session, channel, settings=in_force(session, settings), now=now)
    elif event["type"] == "channel_shared":
        _shared(session, channel, settings=in_force(session, settings), now=now)
    elif event["type"] in ("channel_rename", "group_rename"):
        _renamed(session, channel, event.get("channel"))
    elif event["type"] == "channel_id_changed":
        _known_by(session, channel, str(event.get("new_channel_id") or channel))


def guest_came(session: Session, channel: str, *, settings: Settings, now: datetime) -> None:
    """As if it had become shared: a guest is the customer, or may be."""
    became_shared(session, [channel], settings=in_force(session, settings), now=now)


def _shared(session: Session, channel: str, *, settings: Settings, now: datetime) -> None:
    if not became_shared(session, [channel], settings=settings, now=now):
        no_own(session, [channel], settings=settings, now=now)


def _ended(session: Session, channel: str, *, settings: Settings, now: datetime) -> None:
    """Nothing can be posted there any more: the account's alerts go where they went before."""
    link = session.get(AccountChannel, channel, with_for_update=True)
    if link is None:
        return
    reroute(session, link, settings.alerts_channel, now)
    _forget_header(session, link)
    noted(session, "channel.unfollowed", link, by=None, now=now)
    session.delete(link)


def _forget_header(session: Session, link: AccountChannel) -> None:
    """Or it, and the brief under it, would come when somebody brings the channel back."""
    if link.header is None:
        return
    mine = or_(OutgoingMessage.key == link.header, OutgoingMessage.thread == link.header)
    left = update(OutgoingMessage).where(mine, OutgoingMessage.state.in_(("waiting", "dead")))
    session.execute(left.values(state="superseded"))


def _renamed(session: Session, channel: str, told: Any) -> None:
    name = told.get("name") if isinstance(told, dict) else None
    if name:
        mine = update(AccountChannel).where(AccountChannel.channel_id == channel)
        session.execute(mine.values(name=str(name)))


def _known_by(session: Session, old: str, new: str) -> None:
    """Under its new id the header is still the same message."""
    if session.get(AccountChannel, old) is None or session.get(AccountChannel, new) is not None:
        return
    mine = update(AccountChannel).where(AccountChannel.channel_id == old)
    session.execute(mine.values(channel_id=new))
    for table, column in PLACES:
        session.execute(update(table).where(column == old).values({column.key: new}))
