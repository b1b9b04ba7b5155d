"""Slack in: what happened to channels and to the app itself."""

import re
from collections.abc import Sequence
from typing import Any

from slack_bolt import App
from sqlalchemy.orm import Session

from csbot import clock
from csbot.account_channels.moving import follow_channel, guest_came
from csbot.account_channels.queries import followed
from csbot.db.together import Together
from csbot.inbox.service import first_time
from csbot.outbox import removal
from csbot.settings import Settings
from csbot.slack import directory
from csbot.slack.gateway import Gateway, RefusedBySlack

JOINED = "member_joined_channel"
UNSEEN = ("user_not_found", "user_not_visible")  # whom csbot may not even look at
CHANGED = (
    "channel_archive",
    "channel_unarchive",
    "channel_rename",
    "channel_deleted",
    "channel_shared",
    "channel_unshared",
    "channel_id_changed",
    "group_archive",
    "group_unarchive",
    "group_rename",
    "group_deleted",
    JOINED,
)
REMOVED = ("tokens_revoked", "app_uninstalled")


def register(app: App, together: Together, settings: Settings, slack: Gateway) -> None:
    app.event(_any_of(CHANGED))(lambda body: changed(together, settings, slack, body))
    app.event(_any_of(REMOVED))(lambda body: removed(together, settings, body))


def _any_of(names: Sequence[str]) -> re.Pattern[str]:
    """One look for all: Bolt gathers its arguments anew for each listener that it asks."""
    return re.compile(rf"\A(?:{'|'.join(names)})\Z")


def removed(together: Together, settings: Settings, body: dict[str, Any]) -> None:
    """Of tokens only the bot's own matters: csbot has none of a person."""
    event, now = body["event"], clock.now()
    if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
        return

    def work(session: Session) -> None:
        if first_time(session, source="slack", event_id=body["event_id"], now=now):
            removal.remove(session, event["type"], settings=settings, now=now)

    together.run(work)


def changed(together: Together, settings: Settings, slack: Gateway, body: dict[str, Any]) -> None:
    """What we knew of the channel may be wrong now: ask again before the next post.

    Where another organisation reads along from now on, nothing internal stays.
    """
    event, now = body["event"], clock.now()
    channel = event.get("channel") or event.get("old_channel_id") or ""
    named = channel["id"] if isinstance(channel, dict) else channel
    guest = event["type"] == JOINED and _is_guest(together, slack, named, event["user"])

    def work(session: Session) -> None:
        if first_time(session, source="slack", event_id=body["event_id"], now=now):
            directory.forget(session, named)
            follow_channel(session, event, named, settings=settings, now=now)
            if guest:
                guest_came(session, named, settings=settings, now=now)

    together.run(work)


def _is_guest(together: Together, slack: Gateway, channel: str, person: str) -> bool:
    """Asked only where it matters; while Slack does not say, the event fails and comes again."""
    if not together.read(lambda session: followed(session, channel) is not None):
        return False
    try:
        return slack.user(person).is_guest
    except RefusedBySlack as refusal:
        return refusal.code in UNSEEN
