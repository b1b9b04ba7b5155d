"""What Slack says of a channel right now: who reads along, and whether csbot is in it."""

from datetime import datetime

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


def place(session: Session, channel_id: str, *, now: datetime) -> ChannelInfo:
    """The channel as it is at this moment; raises Unasked until Slack has been asked."""
    row = session.get(Channel, channel_id)
    if row is None or row.checked_at < now:
        raise Unasked(channel_id)
    return info(row)


def ask(sessions: sessionmaker[Session], slack: Gateway, channel: str, *, now: datetime) -> None:
    """Remember what Slack says; Refused when it does not know csbot there, or says nothing."""
    directory = Directory(sessions, slack)
    directory.forget(channel)
    try:
        directory.channel(channel, now=now)
    except RefusedBySlack:
        raise Refused(UNINVITED, field="channel") from None
    except SlackFailure:
        raise Refused(LATER, field="channel") from None
