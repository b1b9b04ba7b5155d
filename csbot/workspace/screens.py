"""What stands on each person's screen: the stack of modals, and the Home tab."""

from typing import Any

from csbot.workspace.model import Json, View
from csbot.workspace.state import APP_ID, BOT_ID, Workspace

STACK_MOST = 3
KEPT = [
    "type",
    "title",
    "blocks",
    "submit",
    "close",
    "private_metadata",
    "callback_id",
    "external_id",
    "clear_on_close",
    "notify_on_close",
    "submit_disabled",
]
INITIAL = {
    "initial_value": "value",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_date": "selected_date",
    "initial_time": "selected_time",
    "initial_date_time": "selected_date_time",
    "initial_user": "selected_user",
    "initial_users": "selected_users",
    "initial_channel": "selected_channel",
    "initial_conversation": "selected_conversation",
}
EMPTY_FIELD = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}
STATELESS = ("button", "overflow", "image", "workflow_button")


def open_root(ws: Workspace, user: str, body: Json) -> View:
    for view_id in ws.stacks.pop(user, []):
        ws.views.pop(view_id, None)
    return _place(ws, user, body, None)


def push(ws: Workspace, user: str, body: Json) -> View:
    return _place(ws, user, body, ws.stacks[user][-1])


def replace(ws: Workspace, view: View, body: Json) -> None:
    """Keeps what was typed where block_id and action_id are the same."""
    typed = view.values
    view.body = _clean(ws, body)
    view.hash = _new_hash(ws)
    view.values = initial_values(view.blocks)
    for block_id, actions in view.values.items():
        for action_id in actions:
            if action_id in typed.get(block_id, {}):
                actions[action_id] = typed[block_id][action_id]
    kind = "home" if view.body["type"] == "home" else "view"
    ws.journal.note(kind, to=view.user, view_id=view.id)


def publish(ws: Workspace, user: str, body: Json) -> View:
    view = ws.homes.get(user)
    if view:
        replace(ws, view, body)
        return view
    view = _new(ws, user, body, None)
    ws.homes[user] = view
    ws.journal.note("home", to=user)
    return view


def pop(ws: Workspace, view: View) -> None:
    stack = ws.stacks.get(view.user, [])
    if view.id in stack:
        stack.remove(view.id)
    ws.views.pop(view.id, None)
    ws.journal.note("view", to=view.user)


def clear(ws: Workspace, user: str) -> None:
    for view_id in ws.stacks.pop(user, []):
        ws.views.pop(view_id, None)
    ws.journal.note("view", to=user)


def top(ws: Workspace, user: str) -> View | None:
    stack = ws.stacks.get(user, [])
    return ws.views[stack[-1]] if stack else None


def standing(ws: Workspace) -> list[View]:
    return [*ws.views.values(), *ws.homes.values()]


def by_id(ws: Workspace, view_id: str) -> View | None:
    return next((view for view in standing(ws) if view.id == view_id), None)


def as_slack(ws: Workspace, view: View) -> Json:
    return {
        "id": view.id,
        "team_id": ws.team_id,
        "app_id": APP_ID,
        "bot_id": BOT_ID,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "hash": view.hash,
        "state": {"values": view.values},
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        **view.body,
    }


def initial_values(blocks: list[Json]) -> Json:
    """The state of every stateful element before anybody has touched it."""
    values: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if "action_id" in element and element["type"] not in STATELESS:
                values.setdefault(block["block_id"], {})[element["action_id"]] = _state(element)
    return values


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of one block."""
    found: list[Any] = [block.get("element"), block.get("accessory")]
    if block.get("type") in ("actions", "context_actions"):
        found += block.get("elements", [])
    return [element for element in found if isinstance(element, dict)]


def _state(element: Json) -> Json:
    kind = element["type"]
    state: Json = {"type": kind, EMPTY_FIELD.get(kind, "value"): None}
    if kind in ("checkboxes", "multi_static_select", "multi_external_select"):
        state["selected_options"] = []
    for initial, name in INITIAL.items():
        if initial in element:
            state[name] = element[initial]
    return state


def _place(ws: Workspace, user: str, body: Json, previous: str | None) -> View:
    view = _new(ws, user, body, previous)
    ws.views[view.id] = view
    ws.stacks.setdefault(user, []).append(view.id)
    ws.journal.note("view", to=user, view_id=view.id)
    return view


def _new(ws: Workspace, user: str, body: Json, previous: str | None) -> View:
    view_id = ws.new_id("V")
    root = ws.stacks[user][0] if previous else view_id
    view = View(view_id, user, _clean(ws, body), _new_hash(ws), root, previous)
    view.values = initial_values(view.blocks)
    return view


def _clean(ws: Workspace, body: Json) -> Json:
    kept = {key: body[key] for key in KEPT if key in body}
    kept["blocks"] = [dict(block) for block in kept["blocks"]]
    ws.label(kept["blocks"])
    return kept


def _new_hash(ws: Workspace) -> str:
    return f"{int(ws.now().timestamp())}.{ws.new_id('')[-8:]}"
