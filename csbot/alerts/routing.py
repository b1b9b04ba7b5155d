"""Which channel an alert belongs in, and why."""

from typing import NamedTuple

from sqlalchemy import select

from csbot.account_channels.queries import Own, own_channels
from csbot.accounts.choosing import plain
from csbot.accounts.model import Account
from csbot.alerts.scope import Scope
from csbot.settings import Settings


class Route(NamedTuple):
    channel: str
    because: str


def route(settings: Settings, *, kind: str, own: Own | None, segment: str | None) -> Route:
    """The account's own channel wins, then its segment's, then the one for everything."""
    if own is not None:
        why = "the channel that follows the account" if own.follows else "the account's own channel"
        return Route(own.channel, why)
    by_segment = {plain(name): to for name, to in settings.config.channels.segments.items()}
    if segment and plain(segment) in by_segment:
        return Route(by_segment[plain(segment)], f"the channel of the segment {segment}")
    if kind == "renewal" and settings.renewals_channel != settings.alerts_channel:
        return Route(settings.renewals_channel, "the channel for renewals")
    return Route(
        settings.alerts_channel,
        "the alerts channel, since neither the account nor its segment has one",
    )


def channels(scope: Scope, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The channel for each kind and account, in a constant number of queries."""
    ids = {account_id for _, account_id in wanted}
    chosen = select(Account.id, Account.segment).where(scope.among(Account.id, ids))
    segments = {id: segment for id, segment in scope.session.execute(chosen)}
    own = own_channels(scope.session, ids)
    cache: dict[tuple[str, Own | None, str | None], str] = {}
    found = {}
    for kind, account_id in wanted:
        key = (kind, own.get(account_id), segments[account_id])
        if key not in cache:
            cache[key] = route(scope.settings, kind=kind, own=key[1], segment=key[2]).channel
        found[kind, account_id] = cache[key]
    return found
