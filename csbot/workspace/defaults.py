"""Who the app is and what it may do, unless a workspace is told otherwise."""

from csbot.workspace.model import Command, Shortcut

BOT_TOKEN = "xoxb-local-workspace"  # noqa: S105 (a constant of the local stand-in)
APP_TOKEN = "xapp-local-workspace"  # noqa: S105
SIGNING_SECRET = "local-signing-secret"  # noqa: S105
BOT_USER = "UCSBOT"
BOT_ID = "BCSBOT"
APP_ID = "ACSBOT"

SCOPES = frozenset(
    [
        "commands",
        "chat:write",
        "app_mentions:read",
        "channels:read",
        "groups:read",
        "im:read",
        "im:write",
        "mpim:read",
        "im:history",
        "channels:history",
        "groups:history",
        "channels:join",
        "users:read",
        "users:read.email",
        "files:write",
        "files:read",
        "pins:write",
        "pins:read",
        "bookmarks:write",
        "bookmarks:read",
        "channels:manage",
        "channels:write.topic",
        "groups:write",
        "groups:write.topic",
        "team:read",
    ]
)
EVENTS = frozenset(
    [
        "app_mention",
        "app_home_opened",
        "message.im",
        "channel_shared",
        "channel_unshared",
        "channel_archive",
        "member_joined_channel",
        "tokens_revoked",
        "app_uninstalled",
        "user_change",
    ]
)
# Of those that people choose to grant; an optional scope that is withheld takes its event along.
EVENT_SCOPES = {"app_mention": "app_mentions:read", "message.im": "im:history"}
COMMANDS = (Command("/cs", "[what you want]", "customer success: try /cs help"),)
SHORTCUTS = (
    Shortcut("message.checkin.v1", "Log as Check-In"),
    Shortcut("message.task.v1", "Make a Task"),
    Shortcut("message.link.v1", "Link to Account"),
    Shortcut("everywhere.checkin.v1", "Log a Check-In", "global"),
)
