"""What Slack says of a channel right now: who reads along, and whether csbot is in it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.account_channels.service import UNINVITED
from csbot.errors import Refused
from csbot.slack.directory import Directory, info
from csbot.slack.gateway import ChannelInfo, Gateway, RefusedBySlack, SlackFailure
from csbot.slack.model import Channel

LATER = "Slack does not tell me right now who can read that channel. Try again in a minute."


class Unasked(Exception):
    """Slack is to be asked first, outside of the transaction: see `ask`."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.channel = channel


def place(session: Session, channel: str, *, now: datetime) -> ChannelInfo:
    """The channel of this id or #name as it is now; raises Unasked until Slack has been asked."""
    row = session.get(Channel, known_id(session, channel) or "")
    if row is None or row.checked_at < now:
        raise Unasked(channel)
    return info(row)


def known_id(session: Session, channel: str) -> str | None:
    """Of an id or a #name; by a name, which anybody can guess, no private one is told of."""
    if not channel.startswith("#"):
        return channel
    named = select(Channel.id).where(Channel.name == channel[1:].lower(), ~Channel.is_private)
    return session.scalar(named.order_by(Channel.is_archived, Channel.checked_at.desc()).limit(1))


def ask(sessions: sessionmaker[Session], slack: Gateway, channel: str, *, now: datetime) -> None:
    """Remember what Slack says; Refused when it does not know csbot there, or says nothing."""
    directory = Directory(sessions, slack)
    directory.forget(channel.lower() if channel[0] == "#" else channel)
    try:
        found = directory.channel(channel.lower() if channel[0] == "#" else channel, now=now)
        if channel[0] == "#" and found.is_private:
            raise RefusedBySlack("channel_not_found")
    except RefusedBySlack:
        raise Refused(UNINVITED, field="channel") from None
    except SlackFailure:
        raise Refused(LATER, field="channel") from None
