"""views.open, views.push, views.update, views.publish."""

import json

from csbot.workspace import screens
from csbot.workspace.blockkit import surfaces
from csbot.workspace.model import Json, View
from csbot.workspace.refusal import SlackRefusal, with_messages
from csbot.workspace.web_api.call import Call, method

VIEW_BYTES_MOST = 250_000
TRIGGERED = "interactivity_pointer trigger_id"


@method("views.open", 4, required="view", optional=TRIGGERED)
def open_view(call: Call) -> Json:
    body = _body(call, "modal")
    user = _use_trigger(call)
    _check_external_id(call, body, None)
    return _answer(call, screens.open_root(call.ws, user, body))


@method("views.push", 4, required="view", optional=TRIGGERED)
def push_view(call: Call) -> Json:
    body = _body(call, "modal")
    user = _use_trigger(call)
    stack = call.ws.stacks.get(user, [])
    if not stack:
        raise SlackRefusal("not_found")
    if len(stack) >= screens.STACK_MOST:
        raise SlackRefusal("push_limit_reached")
    _check_external_id(call, body, None)
    return _answer(call, screens.push(call.ws, user, body))


@method("views.update", 4, required="view", optional="external_id hash view_id")
def update_view(call: Call) -> Json:
    body = _body(call, "modal")
    view = _named_view(call)
    if view is None:
        raise SlackRefusal("not_found")
    _check_hash(call, view)
    _check_external_id(call, body, view)
    screens.replace(call.ws, view, body)
    return _answer(call, view)


@method("views.publish", 4, required="user_id view", optional="hash")
def publish_view(call: Call) -> Json:
    body = _body(call, "home")
    user = call.ws.users.get(call.text("user_id"))
    if not call.ws.home_enabled:
        raise SlackRefusal("not_enabled")
    if user is None or user.deleted or user.is_bot:
        raise with_messages("invalid_arguments", ["user_not_found [json-pointer:/user_id]"])
    standing = call.ws.homes.get(user.id)
    if standing:
        _check_hash(call, standing)
    _check_external_id(call, body, standing)
    return _answer(call, screens.publish(call.ws, user.id, body))


def _body(call: Call, surface: str) -> Json:
    body = call.structure("view", "invalid_arguments")
    report = surfaces.check_view(body, call.ws, surface)
    for line in report.warnings:
        call.ws.blame("over_smaller_limit", line, call.method)
    if report.errors:
        call.ws.blame("invalid_view", "; ".join(report.lines("/view")), call.method)
        raise with_messages("invalid_arguments", report.lines("/view"))
    if len(json.dumps(body).encode()) > VIEW_BYTES_MOST:
        raise SlackRefusal("view_too_large")
    return dict(body)


def _use_trigger(call: Call) -> str:
    """The person whose act it was; three seconds, once."""
    trigger = call.ws.triggers.get(call.text("trigger_id"))
    if trigger is None:
        raise SlackRefusal("invalid_trigger_id")
    if trigger.used:
        call.ws.blame("trigger_used_twice", trigger.id, call.method)
        raise SlackRefusal("exchanged_trigger_id")
    if call.ws.now() > trigger.expires_at:
        raise SlackRefusal("expired_trigger_id")
    trigger.used = True
    return trigger.user


def _named_view(call: Call) -> View | None:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise with_messages("invalid_arguments", ["missing required field: view_id"])
    for view in screens.standing(call.ws):
        if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
            return view
    return None


def _check_hash(call: Call, view: View) -> None:
    if call.text("hash") and call.text("hash") != view.hash:
        raise SlackRefusal("hash_conflict")


def _check_external_id(call: Call, body: Json, own: View | None) -> None:
    external_id = body.get("external_id")
    for view in screens.standing(call.ws):
        if external_id and view is not own and view.body.get("external_id") == external_id:
            raise SlackRefusal("duplicate_external_id")


def _answer(call: Call, view: View) -> Json:
    return {"view": screens.as_slack(call.ws, view)}
