"""People writing messages and opening Home, and the events that follow."""

import re

from csbot.workspace import acts, screens
from csbot.workspace.model import Channel, Json, Message, User
from csbot.workspace.state import Workspace


def say(
    ws: Workspace, user_id: str, channel_id: str, text: str, thread_ts: str | None = None
) -> acts.Result:
    """Posts as the person; naming the bot by "@csbot" mentions it."""
    with ws.lock:
        user, channel = acts.person(ws, user_id), ws.channels.get(channel_id)
        if user.deleted:
            return acts.refused("user_disabled")
        if channel is None or user.id not in channel.members or channel.archived:
            return acts.refused("not_visible")
        shown = linked(ws, text)
        message = Message(channel.id, ws.new_ts(channel.id), user.id, shown, thread_ts=thread_ts)
        ws.post(message)
    _tell(ws, user, channel, message)
    return acts.Result()


def open_home(ws: Workspace, user_id: str) -> None:
    """The app_home_opened event; the view arrives later, by views.publish."""
    with ws.lock:
        standing = ws.homes.get(user_id)
        channel = ws.open_im(user_id)
        event: Json = {
            "type": "app_home_opened",
            "user": user_id,
            "channel": channel.id,
            "tab": "home",
            "event_ts": f"{ws.now().timestamp():.6f}",
        }
        if standing:
            event["view"] = screens.as_slack(ws, standing)
    ws.events.post(event)


def linked(ws: Workspace, text: str) -> str:
    """Typed text as Slack stores it: escaped, with @names turned into mentions."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    by_name = {user.name: user.id for user in ws.users.values()}

    def mention(match: re.Match[str]) -> str:
        user_id = by_name.get(match[1])
        return f"<@{user_id}>" if user_id else match[0]

    return re.sub(r"@([\w.-]+)", mention, text)


def _tell(ws: Workspace, user: User, channel: Channel, message: Message) -> None:
    if ws.bot.id not in channel.members:
        return
    kinds = {"public": "channel", "private": "group"}
    event: Json = {
        "user": user.id,
        "user_team": user.team_id,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "channel": channel.id,
        "team": user.team_id,
    }
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    kind = kinds.get(channel.kind, channel.kind)
    ws.events.post({"type": "message", "channel_type": kind, **event})
    if f"<@{ws.bot.id}>" in message.text and not channel.is_im:
        ws.events.post({"type": "app_mention", **event})
