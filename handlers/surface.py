"""What somebody asked of csbot when it broke off: by csbot's own names, with nothing they typed."""

from typing import Any

from handlers import commands
from handlers.ask import COMMANDS, PRESSES, SHORTCUTS, SUBMITS, SUGGESTS


def surface(body: dict[str, Any]) -> str:
    """Like command checkin, button task.done.v1, form task.create.v1 or event app_mention."""
    if "event" in body:
        return f"event {body['event']['type']}"
    if "command" in body:
        return _known("command", commands.parse_command(str(body.get("text") or "")).name, COMMANDS)
    if body.get("actions"):
        return _known("button", body["actions"][0].get("action_id"), PRESSES)
    if body.get("type") == "block_suggestion":
        return _known("menu", body.get("action_id"), SUGGESTS)
    if body.get("view"):
        return _known("form", body["view"].get("callback_id"), SUBMITS)
    return _known("shortcut", body.get("callback_id"), SHORTCUTS)


def _known(kind: str, name: object, names: dict[str, Any]) -> str:
    return f"{kind} {name}" if name in names else kind
