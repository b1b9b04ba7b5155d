"""What happens to a channel that follows an account: shared, renamed, known by another id."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from csbot.account_channels.model import AccountChannel
from csbot.account_channels.sharing import became_shared
from csbot.outbox.model import OutgoingMessage
from csbot.overrides import in_force
from csbot.settings import Settings


def follow_channel(
    session: Session, event: dict[str, Any], channel: str, *, settings: Settings, now: datetime
) -> None:
    """Take in what Slack's own event says of the channel of this id."""
    if event["type"] == "channel_shared":
        became_shared(session, [channel], settings=in_force(session, settings), now=now)
    elif event["type"] in ("channel_rename", "group_rename"):
        _renamed(session, channel, event.get("channel"))
    elif event["type"] == "channel_id_changed":
        _known_by(session, channel, str(event.get("new_channel_id") or channel))


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
    for column in (OutgoingMessage.lane, OutgoingMessage.slack_channel):
        session.execute(update(OutgoingMessage).where(column == old).values({column.key: new}))
