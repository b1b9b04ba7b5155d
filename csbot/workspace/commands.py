"""Slash commands: typed by a person, delivered once, never retried."""

import re

from csbot.workspace import acts, deliver, response_urls
from csbot.workspace.deliver import Outcome
from csbot.workspace.model import Channel, Json, ResponseUrl, User
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.state import APP_ID, Workspace

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ESCAPED = re.compile(
    r"<(?:[@#!]|https?:|mailto:)[^<>]*>"
    r"|(?P<link>https?://[^\s<>|]*[^\s<>|.,;:!?)])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|@(?P<name>[\w-]+(?:\.[\w-]+)*)|#(?P<room>[\w-]+)|[&<>]"
)


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
        "text": escaped(ws, user, text),
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_urls.new(ws, user.id, channel.id),
        "trigger_id": acts.new_trigger(ws, user.id),
    }


def escaped(ws: Workspace, user: User, text: str) -> str:
    """As the manifest's `should_escape` has it: names, rooms and links that Slack knows as tokens.

    A token in `text` is what was chosen from a list, and stays.
    """
    people = {one.name: one for one in ws.users.values()}

    def token(found: re.Match[str]) -> str:
        word = found.group()
        if found["name"] in people:
            return f"<@{people[found['name']].id}|{found['name']}>"
        channel = ws.channel_named(found["room"]) if found["room"] else None
        if channel and ws.can_see(user.id, channel):
            return f"<#{channel.id}|{channel.name}>"
        if found["mail"]:
            return f"<mailto:{word}|{word}>"
        if found["link"]:
            return f"<{word.replace('&', '&amp;')}>"
        return _ESCAPES.get(word, word)

    return _ESCAPED.sub(token, text)


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
