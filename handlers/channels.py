"""Slack in: what happened to channels and to the app itself."""

import logging
from typing import Any

from slack_bolt import App

from csbot import clock
from csbot.inbox.service import first_time
from csbot.slack import directory
from csbot.wiring import Wiring

log = logging.getLogger(__name__)
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
    "member_joined_channel",
)
REMOVED = ("tokens_revoked", "app_uninstalled")


def register(app: App, wiring: Wiring) -> None:
    for name in CHANGED:
        app.event(name)(lambda body: forget(wiring, body))
    for name in REMOVED:
        app.event(name)(lambda: log.error("Slack says csbot was removed; run: csbot doctor"))


def forget(wiring: Wiring, body: dict[str, Any]) -> None:
    """What we knew of the channel may be wrong now: ask again before the next post."""
    event, now = body["event"], clock.now()
    channel = event.get("channel") or event.get("old_channel_id") or ""
    named = channel["id"] if isinstance(channel, dict) else channel
    with wiring.sessions.begin() as session:
        if first_time(session, source="slack", event_id=body["event_id"], now=now):
            directory.forget(session, named)
