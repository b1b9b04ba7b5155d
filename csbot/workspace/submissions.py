"""Modals sent off or closed, and what the bot may answer to that."""

from typing import Any

from csbot.workspace import acts, deliver, screens
from csbot.workspace.blockkit import surfaces
from csbot.workspace.inputs import complaints
from csbot.workspace.model import Json, View
from csbot.workspace.state import Workspace


def submit(ws: Workspace, user_id: str, view_id: str, values: Json) -> acts.Result:
    """Delivers view_submission; the page checks required fields itself, as Slack's does."""
    with ws.lock:
        view = screens.by_id(ws, view_id)
        if view is None or view.user != user_id:
            return acts.refused("gone")
        for block_id, actions in values.items():
            view.values.setdefault(block_id, {}).update(actions)
        missing = complaints(view.blocks, view.values)
        if missing:
            return acts.Result(errors=missing)
        payload = acts.envelope(ws, "view_submission", acts.person(ws, user_id))
        payload |= {"view": screens.as_slack(ws, view), "response_urls": []}
    outcome = deliver.interaction(ws, payload)
    if not outcome.ok:
        return acts.undelivered(outcome)
    with ws.lock:
        return _obey(ws, view, outcome)


def close(ws: Workspace, user_id: str, view_id: str, *, cleared: bool = False) -> acts.Result:
    with ws.lock:
        view = screens.by_id(ws, view_id)
        if view is None or view.user != user_id:
            return acts.refused("gone")
        payload = acts.envelope(ws, "view_closed", acts.person(ws, user_id))
        payload |= {"view": screens.as_slack(ws, view), "is_cleared": cleared}
        payload.pop("trigger_id")
        if cleared or view.body.get("clear_on_close"):
            screens.clear(ws, user_id)
        else:
            screens.pop(ws, view)
    if view.body.get("notify_on_close"):
        deliver.interaction(ws, payload)
    return acts.Result()


def _obey(ws: Workspace, view: View, outcome: deliver.Outcome) -> acts.Result:
    if not outcome.text:
        screens.pop(ws, view)
        return acts.Result()
    answer = outcome.answer
    if answer is None:
        return _trouble(ws, f"not a JSON object: {outcome.text[:200]}")
    if not answer:
        screens.pop(ws, view)
        return acts.Result()
    action = answer.get("response_action")
    if action == "clear":
        screens.clear(ws, view.user)
        return acts.Result()
    if action == "errors":
        return _field_errors(ws, view, answer.get("errors"))
    if action in ("update", "push"):
        return _show_view(ws, view, action, answer.get("view"))
    return _trouble(ws, f"response_action {action!r}")


def _field_errors(ws: Workspace, view: View, errors: Any) -> acts.Result:
    """Every key has to be the block_id of an input; otherwise the form shows only trouble."""
    inputs = [block["block_id"] for block in view.blocks if block["type"] == "input"]
    if not isinstance(errors, dict) or not errors:
        return _trouble(ws, "errors must be a non-empty object")
    strange = sorted(set(errors) - set(inputs))
    if strange:
        return _trouble(ws, f"errors for blocks that are no inputs: {', '.join(strange)}")
    if not all(isinstance(text, str) and text for text in errors.values()):
        return _trouble(ws, "an error text is empty")
    return acts.Result(errors=dict(errors))


def _show_view(ws: Workspace, view: View, action: str, body: Any) -> acts.Result:
    report = surfaces.check_view(body, ws, "modal")
    if report.errors:
        return _trouble(ws, "; ".join(report.lines("/view")))
    if action == "update":
        if screens.by_id(ws, view.id) is None:
            return _trouble(ws, "the view to update is gone")
        screens.replace(ws, view, dict(body))
        return acts.Result()
    if len(ws.stacks.get(view.user, [])) >= screens.STACK_MOST:
        return _trouble(ws, "push_limit_reached")
    screens.push(ws, view.user, dict(body))
    return acts.Result()


def _trouble(ws: Workspace, detail: str) -> acts.Result:
    ws.blame("bad_view_response", detail, "view_submission")
    return acts.refused("trouble")
