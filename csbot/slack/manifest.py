"""The Slack app that csbot needs: its scopes with their reasons, events and commands."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from messages.ids import Shortcut


class Scope(NamedTuple):
    name: str
    why: str
    without: str


REQUIRED = [
    Scope("commands", "the /cs command", "csbot cannot be asked anything"),
    Scope("chat:write", "alerts, digests and answers", "csbot cannot say anything"),
    Scope("app_mentions:read", "answers `@csbot` in threads", "only the /cs command is answered"),
    Scope(
        "channels:read", "finds channels by name, sees which are shared", "alerts cannot be routed"
    ),
    Scope("groups:read", "the same for private channels it was invited to", "no private channels"),
    Scope("im:write", "opens direct messages for digests", "no digests"),
    Scope(
        "users:read",
        "tells colleagues from guests and outsiders",
        "only the team file lets people in",
    ),
    Scope(
        "users:read.email",
        "matches your team file with Slack people",
        "Slack ids must be in the file",
    ),
]
_RECOVERY = "such a message is marked uncertain instead of being repeated"
OPTIONAL = [
    Scope("channels:history", "looks whether a message arrived before repeating it", _RECOVERY),
    Scope("groups:history", "the same in private channels", _RECOVERY),
    Scope(
        "im:history",
        "the same in direct messages; reads what you write to csbot there",
        f"{_RECOVERY}; csbot answers `/cs` there, nothing else",
    ),
    Scope("pins:write", "pins the header of an account's channel", "the header is not pinned"),
    Scope("channels:write.topic", "sets the topic of an account's channel", "no topic is set"),
    Scope("groups:write.topic", "the same in private channels", "no topic is set there"),
    Scope("bookmarks:read", "looks for its bookmark before it adds one", "no bookmarks"),
    Scope("bookmarks:write", "bookmarks the CRM record of an account", "no bookmarks"),
    Scope("files:write", "sends lists, charts and pictures to whoever asks", "no files"),
]
EVENTS = [
    "app_home_opened", "app_mention", "app_uninstalled", "channel_archive", "channel_deleted",
    "channel_id_changed", "channel_rename", "channel_shared", "channel_unarchive",
    "channel_unshared", "group_archive", "group_deleted", "group_rename", "group_unarchive",
    "member_joined_channel", "message.im", "tokens_revoked",
]  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of Slack's own menus; `type` is message or global."""

    name: str
    type: str
    callback_id: str
    description: str


SHORTCUTS = [
    Entry("Log as Check-In", "message", Shortcut.MESSAGE_CHECKIN, "Keeps it with the account"),
    Entry("Make a Task", "message", Shortcut.MESSAGE_TASK, "A task that keeps who asked for it"),
    Entry("Link to Account", "message", Shortcut.MESSAGE_LINK, "Shows in the account's timeline"),
    Entry("Log a Check-In", "global", Shortcut.CHECKIN, "How a talk with a customer went"),
]


def build(url: str | None = None) -> dict[str, Any]:
    """The manifest; without a public `url` the app uses Socket Mode."""
    address = {"request_url": f"{url.rstrip('/')}/slack/events"} if url else {}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "csbot",
            "description": "Tells your customer success team what needs doing, and lets them do it",
            "background_color": "#1f2a44",
        },
        "features": _features(address),
        "oauth_config": {
            "scopes": {
                "bot": [scope.name for scope in REQUIRED],
                "bot_optional": [scope.name for scope in OPTIONAL],
            }
        },
        "settings": {
            "event_subscriptions": {**address, "bot_events": EVENTS},
            "interactivity": {
                "is_enabled": True,
                **address,
                **({"message_menu_options_url": address["request_url"]} if url else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _features(address: dict[str, str]) -> dict[str, Any]:
    command: dict[str, Any] = {
        "command": "/cs",
        "description": "Customer success: accounts, renewals, check-ins",
        "usage_hint": "help | my | account acme | renewals 90d | checkin acme ...",
        "should_escape": True,
    }
    if address:
        command["url"] = address["request_url"]
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "csbot", "always_online": True},
        "slash_commands": [command],
        "shortcuts": [vars(shortcut) for shortcut in SHORTCUTS],
    }


def as_link(manifest: dict[str, Any]) -> str:
    """A link that opens Slack's new-app form with everything filled in."""
    body = quote(json.dumps(manifest, separators=(",", ":")), safe="")
    return f"https://api.slack.com/apps?new_app=1&manifest_json={body}"
