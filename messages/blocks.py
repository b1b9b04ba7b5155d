"""Block Kit, as typed functions. Everything here stays under Slack's limits by cutting."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from messages.ids import Action
from messages.text import Mrkdwn, clean, clip

Block = dict[str, Any]
SECTION_MAX, FIELD_MAX, CONTEXT_MAX = 2900, 1900, 1900
LABEL_MAX, OPTION_MAX, VALUE_MAX = 72, 72, 1900


@dataclass(frozen=True)
class Confirm:
    """What Slack asks before it tells csbot of a press; `yes` is the button that goes on."""

    title: str
    text: str
    yes: str


@dataclass(frozen=True)
class Button:
    label: str
    action: Action
    value: str
    style: str | None = None
    hears: str | None = None  # what a screen reader says, when the label alone is not enough
    confirm: Confirm | None = None


@dataclass(frozen=True)
class Option:
    label: str
    value: str
    description: str | None = None


@dataclass(frozen=True)
class Overflow:
    action: Action
    options: list[Option]


@dataclass(frozen=True)
class Menu:
    """A select in a message: one choice of at most 100."""

    action: Action
    placeholder: str
    options: list[Option]


@dataclass(frozen=True)
class Checks:
    """Checkboxes in a message, at most ten; `ticked` are the values of those that start so."""

    action: Action
    options: list[Option]
    ticked: Collection[str]


Control = Button | Overflow | Menu | Checks


def plain(text: str, limit: int) -> dict[str, Any]:
    """A plain_text object: shown as it stands, so safe for anything customers wrote."""
    return {"type": "plain_text", "text": clip(clean(text).strip(), limit) or "–", "emoji": False}


def mrkdwn(text: Mrkdwn | str, limit: int) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": clip(text, limit).strip() or "–", "verbatim": True}


def section(text: Mrkdwn | str, *, beside: Control | None = None, expand: bool = True) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text, SECTION_MAX), "expand": expand}
    if beside is not None:
        block["accessory"] = control(beside)
    return block


def verbatim(text: str) -> Block:
    """Somebody's own words, to be copied: no sign in them means anything."""
    return {"type": "section", "text": plain(text, SECTION_MAX), "expand": True}


def fields(texts: list[str]) -> Block:
    return {"type": "section", "fields": [mrkdwn(text, FIELD_MAX) for text in texts[:10]]}


def context(*texts: Mrkdwn | str) -> Block:
    return {"type": "context", "elements": [mrkdwn(t, CONTEXT_MAX) for t in texts[:10] if t]}


def actions(controls: list[Control], *, block_id: str | None = None) -> Block:
    block: Block = {"type": "actions", "elements": [control(c) for c in controls[:25]]}
    return block | ({"block_id": block_id} if block_id else {})


def control(item: Control) -> dict[str, Any]:
    if isinstance(item, Button):
        return _button(item)
    if isinstance(item, Overflow):
        return {
            "type": "overflow",
            "action_id": item.action,
            "options": [option(o) for o in item.options[:5]],
        }
    if isinstance(item, Checks):
        made = [option(o) for o in item.options[:10]]
        ticked = [one for one in made if one["value"] in item.ticked]
        box = {"type": "checkboxes", "action_id": item.action, "options": made}
        return box | ({"initial_options": ticked} if ticked else {})
    return {
        "type": "static_select",
        "action_id": item.action,
        "placeholder": plain(item.placeholder, 140),
        "options": [option(o) for o in item.options[:100]],
    }


def option(item: Option) -> dict[str, Any]:
    made: dict[str, Any] = {"text": plain(item.label, OPTION_MAX), "value": item.value}
    if item.description:
        made["description"] = plain(item.description, OPTION_MAX)
    return made


def _button(item: Button) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "button",
        "action_id": item.action,
        "text": plain(item.label, LABEL_MAX),
        "value": clip(item.value, VALUE_MAX),
    }
    if item.style:
        made["style"] = item.style
    if item.hears:
        made["accessibility_label"] = clip(clean(item.hears), 72)
    if item.confirm:
        made["confirm"] = _confirm(item.confirm)
    return made


def _confirm(asked: Confirm) -> dict[str, Any]:
    return {
        "title": plain(asked.title, 100),
        "text": plain(asked.text, 300),
        "confirm": plain(asked.yes, 30),
        "deny": plain("Cancel", 30),
    }
