"""Which channel follows which account."""

from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.orm import Session

from csbot.account_channels.model import AccountChannel
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.slack.naming import is_channel


class Own(NamedTuple):
    """An account's own channel; `follows` when it was linked in Slack, not named by an import."""

    channel: str
    follows: bool


def followed(session: Session, channel_id: str | None) -> Account | None:
    """The account that this channel follows; none where another organisation reads along."""
    if channel_id is None:
        return None
    return session.scalar(_followed(), {"channel": channel_id})


def is_neutral(session: Session, channel_id: str) -> bool:
    """Whether others have come to read along where an account was followed."""
    link = session.get(AccountChannel, channel_id)
    return link is not None and link.neutral_at is not None


@cache
def _followed() -> Select[Account]:
    # Built once: every command asks it.
    channel = bindparam("channel", type_=String())
    return (
        select(Account)
        .join(AccountChannel, AccountChannel.account_id == Account.id)
        .where(AccountChannel.channel_id == channel, AccountChannel.neutral_at.is_(None))
    )


def own_channels(session: Session, ids: Collection[int]) -> dict[int, Own]:
    """Where what concerns one of these accounts alone belongs.

    That is the channel that has followed it longest, else the one that an import named, unless
    that is a channel which another organisation has come to read along in.
    """
    if not ids:
        return {}
    rows = session.execute(
        select(Account.id, Account.channel).where(
            among(session, Account.id, ids), Account.channel.is_not(None)
        )
    )
    shared = _neutral(session)
    found = {
        id: Own(named, False)
        for id, named in rows
        if named and is_channel(named) and named.lstrip("#") not in shared
    }
    links = session.execute(
        select(AccountChannel.account_id, AccountChannel.channel_id)
        .where(among(session, AccountChannel.account_id, ids), AccountChannel.neutral_at.is_(None))
        .order_by(AccountChannel.followed_at.desc(), AccountChannel.channel_id.desc())
    )
    return found | {id: Own(channel, True) for id, channel in links}


def own_channel(session: Session, account_id: int) -> Own | None:
    return own_channels(session, [account_id]).get(account_id)


def _neutral(session: Session) -> set[str]:
    """Ids and names of the channels that have become another organisation's, too."""
    query = select(AccountChannel.channel_id, AccountChannel.name)
    rows = session.execute(query.where(AccountChannel.neutral_at.is_not(None)))
    return {part for row in rows for part in row}
