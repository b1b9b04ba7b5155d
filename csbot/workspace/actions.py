"""Presses and choices on messages, modals and Home, and the options of external menus."""

from dataclasses import dataclass, field
from typing import Any

from csbot.workspace import acts, deliver, response_urls, screens
from csbot.workspace.blockkit import objects
from csbot.workspace.blockkit.schema import Walk
from csbot.workspace.model import Channel, Json, Message, User, View
from csbot.workspace.state import APP_ID, Workspace

CHOSEN = (
    "value",
    "selected_option",
    "selected_options",
    "selected_date",
    "selected_time",
    "selected_date_time",
    "selected_user",
    "selected_users",
    "selected_channel",
    "selected_channels",
    "selected_conversation",
    "selected_conversations",
)
MIN_QUERY = 3


@dataclass
class Press:
    """Where and what; `copy` is the message as the person had it on the screen."""

    block_id: str
    action_id: str
    channel: str | None = None
    message_ts: str | None = None
    view_id: str | None = None
    chosen: Json = field(default_factory=dict)
    state: Json = field(default_factory=dict)
    copy: Json | None = None


def press(ws: Workspace, user_id: str, act: Press) -> acts.Result:
    """Sends block_actions; nothing about it is ever retried."""
    with ws.lock:
        user = acts.person(ws, user_id)
        if user.deleted:
            return acts.refused("user_disabled")
        found = _in_view(ws, user, act) if act.view_id else _in_message(ws, user, act)
        if isinstance(found, acts.Result):
            return found
        payload, element = found
        payload["actions"] = [_action(ws, act, element)]
    outcome = deliver.interaction(ws, payload)
    if not outcome.ok:
        return acts.undelivered(outcome)
    if outcome.text:
        ws.blame("ack_with_body", outcome.text[:200], "block_actions")
    return acts.Result()


def suggest(ws: Workspace, user_id: str, act: Press, query: str) -> Json:
    """The options that the bot offers for what was typed so far."""
    with ws.lock:
        user = acts.person(ws, user_id)
        found = _in_view(ws, user, act) if act.view_id else _in_message(ws, user, act)
        if isinstance(found, acts.Result):
            return {"options": []}
        payload, element = found
        if len(query) < element.get("min_query_length", MIN_QUERY):
            return {"options": []}
        for name in ("trigger_id", "response_url", "state"):
            payload.pop(name, None)
        named = {"action_id": act.action_id, "block_id": act.block_id, "value": query}
        payload |= {"type": "block_suggestion", **named}
    outcome = deliver.interaction(ws, payload)
    return _offered(ws, outcome.answer if outcome.ok else None)


def _offered(ws: Workspace, answer: Json | None) -> Json:
    if answer is None:
        ws.blame("no_options", "no answer to a block_suggestion", "block_suggestion")
        return {"options": []}
    walk = Walk("message")
    grouped = "option_groups" in answer
    name = "option_groups" if grouped else "options"
    rows = answer.get(name, [])
    if rows:
        (objects.OPTION_GROUPS if grouped else objects.OPTIONS)(rows, f"/{name}", walk)
    if walk.report.errors:
        ws.blame("invalid_options", "; ".join(walk.report.lines("")), "block_suggestion")
        return {"options": []}
    return {name: rows}


Found = tuple[Json, Json] | acts.Result


def _in_message(ws: Workspace, user: User, act: Press) -> Found:
    channel = ws.channels.get(act.channel or "")
    message = ws.messages.get(act.channel or "", {}).get(act.message_ts or "")
    if channel is None or message is None or not _sees(ws, user, channel, message):
        return acts.refused("not_visible")
    copy = act.copy or _copy_with(message, act)
    element = find_element(copy.get("blocks", []) if copy else [], act.block_id, act.action_id)
    if copy is None or element is None:
        return acts.refused("gone")
    return _message_payload(ws, user, channel, message, copy, act), element


def _message_payload(
    ws: Workspace, user: User, channel: Channel, message: Message, copy: Json, act: Press
) -> Json:
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = bool(message.ephemeral_to)
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = acts.envelope(ws, "block_actions", user)
    payload |= {"container": container, "channel": acts.channel_json(channel)}
    state = _merged(screens.initial_values(copy.get("blocks", [])), act.state)
    payload |= {"message": {"app_id": APP_ID, **copy}, "state": {"values": state}}
    payload["response_url"] = response_urls.new(
        ws, user.id, channel.id, message.ts, message.thread_ts
    )
    return payload


def _in_view(ws: Workspace, user: User, act: Press) -> Found:
    view = screens.by_id(ws, act.view_id or "")
    if view is None or view.user != user.id:
        return acts.refused("gone")
    element = find_element(view.blocks, act.block_id, act.action_id)
    if element is None:
        return acts.refused("gone")
    _remember(view, act, element)
    payload = acts.envelope(ws, "block_actions", user)
    payload["container"] = {"type": "view", "view_id": view.id}
    payload["view"] = screens.as_slack(ws, view)
    return payload, element


def _remember(view: View, act: Press, element: Json) -> None:
    _merged(view.values, act.state)
    if element["type"] not in screens.STATELESS:
        mine = view.values.setdefault(act.block_id, {}).setdefault(act.action_id, {})
        mine |= {"type": element["type"], **_chosen(act)}


def _merged(values: Json, state: Json) -> Json:
    for block_id, actions in state.items():
        for action_id, value in (actions or {}).items():
            values.setdefault(block_id, {})[action_id] = value
    return values


def _sees(ws: Workspace, user: User, channel: Channel, message: Message) -> bool:
    return message.ephemeral_to in (None, user.id) and ws.can_see(user.id, channel)


def _copy_with(message: Message, act: Press) -> Json | None:
    """The newest version of the message that has this control, as an open page may show it."""
    for blocks in reversed(message.versions):
        if find_element(blocks, act.block_id, act.action_id):
            return {**message.as_slack(), "blocks": blocks}
    return None


def find_element(blocks: list[Json], block_id: str, action_id: str) -> Json | None:
    for block in blocks:
        if block.get("block_id") != block_id:
            continue
        for element in screens.elements_of(block):
            if element.get("action_id") == action_id:
                return element
    return None


def _chosen(act: Press) -> Json:
    return {name: act.chosen[name] for name in CHOSEN if name in act.chosen}


def _action(ws: Workspace, act: Press, element: Json) -> Json:
    kind = element["type"]
    body: Json = {"type": kind, "action_id": act.action_id, "block_id": act.block_id}
    body["action_ts"] = f"{ws.now().timestamp():.6f}"
    if kind == "button":
        named: dict[str, Any] = {name: element[name] for name in ("text", "value", "style")
                                 if name in element}  # fmt: skip
        return body | named
    if "placeholder" in element:
        body["placeholder"] = element["placeholder"]
    return body | _chosen(act)
