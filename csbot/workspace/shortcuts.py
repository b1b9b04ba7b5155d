"""Slack's own menus: entries on a message, and those that work everywhere; never retried."""

from csbot.workspace import acts, deliver, response_urls
from csbot.workspace.model import Channel, Json, Message, User
from csbot.workspace.state import APP_ID, Workspace


def run(
    ws: Workspace,
    user_id: str,
    callback_id: str,
    channel_id: str | None = None,
    message_ts: str | None = None,
) -> acts.Result:
    """With a message it is that message's entry, without one the workspace's."""
    with ws.lock:
        user = acts.person(ws, user_id)
        found = _payload(ws, user, callback_id, channel_id or "", message_ts)
        if isinstance(found, acts.Result):
            return found
    outcome = deliver.interaction(ws, found)
    if not outcome.ok:
        return acts.undelivered(outcome)
    if outcome.text:
        ws.blame("ack_with_body", outcome.text[:200], str(found["type"]))
    return acts.Result()


def _payload(
    ws: Workspace, user: User, callback_id: str, channel_id: str, message_ts: str | None
) -> Json | acts.Result:
    kind = "message" if message_ts else "global"
    if (callback_id, kind) not in [(known.callback_id, known.kind) for known in ws.shortcuts]:
        return acts.refused("unknown_shortcut")
    if user.deleted:
        return acts.refused("user_disabled")
    if user.is_outsider(ws.team_id):
        return acts.refused("not_for_outsiders")
    if not message_ts:
        return _envelope(ws, "shortcut", user, callback_id)
    channel, message = ws.channels.get(channel_id), ws.find(channel_id, message_ts)
    if channel is None or message is None or not ws.can_see(user.id, channel):
        return acts.refused("not_visible")
    if message.ephemeral_to:  # Slack has no such menu on what only one person sees
        return acts.refused("gone")
    return _envelope(ws, "message_action", user, callback_id) | _about(ws, user, channel, message)


def _envelope(ws: Workspace, kind: str, user: User, callback_id: str) -> Json:
    payload = acts.envelope(ws, kind, user)
    payload.pop("api_app_id")
    return payload | {"callback_id": callback_id, "action_ts": f"{ws.now().timestamp():.6f}"}


def _about(ws: Workspace, user: User, channel: Channel, message: Message) -> Json:
    shown, writer = message.as_slack(), ws.users.get(message.user)
    if message.bot_id:
        shown["app_id"] = APP_ID
    if channel.is_ext_shared and writer and not writer.is_bot:
        names = {"name": writer.name, "real_name": writer.real_name or writer.name}
        shown |= {"user_team": writer.team_id, "user_profile": names}
    return {
        "channel": acts.channel_json(channel),
        "message": shown,
        "message_ts": message.ts,
        "response_url": response_urls.new(ws, user.id, channel.id, None, message.thread_ts),
    }
