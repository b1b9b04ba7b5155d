"""Which channel an alert belongs in, and why."""

from typing import NamedTuple

from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.accounts.rules import is_channel
from csbot.alerts.scope import Scope
from csbot.settings import Settings


class Route(NamedTuple):
    channel: str
    because: str


def route(settings: Settings, *, kind: str, own: str | None, segment: str | None) -> Route:
    """The account's own channel wins, then its segment's, then the one for everything."""
    if own and is_channel(own):
        return Route(own, "the account's own channel")
    by_segment = {name.casefold(): to for name, to in settings.config.channels.segments.items()}
    if segment and segment.casefold() in by_segment:
        return Route(by_segment[segment.casefold()], f"the channel of the segment {segment}")
    if kind == "renewal" and settings.renewals_channel != settings.alerts_channel:
        return Route(settings.renewals_channel, "the channel for renewals")
    return Route(
        settings.alerts_channel,
        "the alerts channel, since neither the account nor its segment has one",
    )


def channels(scope: Scope, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The channel for each kind and account, in one query."""
    rows = scope.session.execute(
        select(Account.id, Account.channel, Account.segment).where(
            scope.among(Account.id, {account_id for _, account_id in wanted})
        )
    )
    known = {id: (own, segment) for id, own, segment in rows}
    cache: dict[tuple[str, str | None, str | None], str] = {}
    found = {}
    for kind, account_id in wanted:
        own, segment = known[account_id]
        key = (kind, own, segment)
        if key not in cache:
            cache[key] = route(scope.settings, kind=kind, own=own, segment=segment).channel
        found[kind, account_id] = cache[key]
    return found
