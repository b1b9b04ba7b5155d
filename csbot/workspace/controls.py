"""Finding controls and words in blocks, and turning a plain value into an element's state."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from csbot.workspace import screens
from csbot.workspace.model import Json

BY_ID = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
}
MANY = {
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
}
ONE = ("static_select", "external_select", "radio_buttons", "overflow")


@dataclass(frozen=True)
class Control:
    block_id: str
    element: Json
    block_label: str = ""

    @property
    def kind(self) -> str:
        return str(self.element["type"])

    @property
    def action_id(self) -> str:
        return str(self.element.get("action_id", ""))

    @property
    def label(self) -> str:
        """The words on it, or of the input it stands in."""
        words = self.element.get("text") or self.element.get("placeholder") or {}
        return str(words.get("text", "")) if self.kind == "button" else self.block_label

    @property
    def is_external(self) -> bool:
        return self.kind in ("external_select", "multi_external_select")

    @property
    def options(self) -> list[Json]:
        groups = self.element.get("option_groups", [])
        grouped = [option for group in groups for option in group["options"]]
        return list(self.element.get("options", [])) + grouped

    def answers_to(self, name: str) -> bool:
        return name in (self.block_id, self.action_id, self.block_label)


def controls(blocks: list[Json]) -> list[Control]:
    """Every interactive element, in order."""
    found = []
    for block in blocks:
        label = (block.get("label") or {}).get("text", "")
        for element in screens.elements_of(block):
            if element["type"] != "image":
                found.append(Control(block.get("block_id", ""), element, label))
    return found


def all_text(node: Any) -> Iterator[str]:
    """Every piece of text, in reading order."""
    if isinstance(node, list):
        for child in node:
            yield from all_text(child)
        return
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name in ("text", "title", "alt_text", "caption", "label", "name") and isinstance(
            value, str
        ):
            yield value
        elif name != "confirm":
            yield from all_text(value)


def for_input(element: Json, value: Any, options: list[Json]) -> Json:
    """The state of the element with this value in it; empty when no option fits."""
    kind = element["type"]
    if kind in BY_ID:
        return {BY_ID[kind]: value}
    if kind == "multi_users_select":
        return {"selected_users": list(value)}
    if kind in MANY:
        wanted = [value] if isinstance(value, str) else list(value or [])
        chosen = [_option(one, options) for one in wanted]
        return {} if None in chosen else {"selected_options": chosen}
    if value is None:
        return {"selected_option": None}
    option = _option(value, options) if kind in ONE else None
    return {"selected_option": option} if option else {}


def _option(wanted: str, options: list[Json]) -> Json | None:
    by_text = [o for o in options if wanted == o["text"]["text"]]
    by_value = [o for o in options if wanted == o.get("value")]
    found = by_text or by_value
    return found[0] if found else None
