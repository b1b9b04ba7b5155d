"""Slash commands: typed by a person, delivered once, never retried."""

import re

from csbot.workspace import acts, deliver, response_urls
from csbot.workspace.deliver import Outcome
from csbot.workspace.model import Channel, Json, ResponseUrl, User
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.state import APP_ID, Workspace


def run(
    ws: Workspace, user_id: str, channel_id: str, text: str, thread_ts: str | None = None
) -> acts.Result:
    """`text` is all of it, with or without the slash: "/cs my"."""
    word, _, rest = text.strip().removeprefix("/").partition(" ")
    command = f"/{word}"
    with ws.lock:
        user, channel = acts.person(ws, user_id), ws.channels.get(channel_id)
        refusal = _refusal(ws, user, channel, command, thread_ts)
        if refusal or channel is None:
            return refusal or acts.refused("not_visible")
        fields = _fields(ws, user, channel, command, rest.strip())
    outcome = deliver.command(ws, fields)
    if not outcome.ok:
        return acts.undelivered(outcome, prefix=f"{command} failed: ")
    return _show_answer(ws, fields, outcome)


def _refusal(
    ws: Workspace, user: User, channel: Channel | None, command: str, thread_ts: str | None
) -> acts.Result | None:
    if command not in [known.command for known in ws.commands]:
        return acts.refused("invalid_command", prefix=f"{command}: ")
    if user.deleted:
        return acts.refused("user_disabled")
    if user.is_outsider(ws.team_id):
        return acts.refused("not_for_outsiders")
    if thread_ts:
        return acts.refused("not_in_threads")
    if channel is None or not ws.can_see(user.id, channel):
        return acts.refused("not_visible")
    return None


def _fields(ws: Workspace, user: User, channel: Channel, command: str, text: str) -> Json:
    return {
        "token": "unused",
        "team_id": ws.team_id,
        "team_domain": ws.domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": escaped(ws, text) if ws.escape_commands else text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_urls.new(ws, user.id, channel.id),
        "trigger_id": acts.new_trigger(ws, user.id),
    }


def escaped(ws: Workspace, text: str) -> str:
    """What Slack makes of @names and #channels when the command asks for escaping."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    by_name = {user.name: user for user in ws.users.values()}

    def mention(match: re.Match[str]) -> str:
        user = by_name.get(match[1])
        return f"<@{user.id}|{user.name}>" if user else match[0]

    def room(match: re.Match[str]) -> str:
        channel = ws.channel_named(match[1])
        return f"<#{channel.id}|{channel.name}>" if channel else match[0]

    return re.sub(r"#([\w-]+)", room, re.sub(r"@([\w.-]+)", mention, text))


def _show_answer(ws: Workspace, fields: Json, outcome: Outcome) -> acts.Result:
    """An acknowledgement may carry the reply, as JSON or as bare text."""
    payload = outcome.answer or ({"text": outcome.text} if outcome.text else None)
    if not payload:
        return acts.Result()
    with ws.lock:
        expires = ws.now() + response_urls.GOOD_FOR
        url = ResponseUrl("ack", fields["user_id"], fields["channel_id"], expires)
        try:
            response_urls.show(ws, url, payload)
        except SlackRefusal as refusal:
            ws.blame("bad_ack", f"{refusal.code} {refusal.extra.get('errors', '')}", "command")
            return acts.refused("dispatch_failed", prefix=f"{fields['command']} failed: ")
    return acts.Result()
