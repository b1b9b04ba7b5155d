"""Inputs of forms, as typed functions. `block_id` is also the field name that handlers read."""

from datetime import date, datetime
from typing import Any

from messages.blocks import Block, Option, option, plain
from messages.ids import Action


def _input(
    block_id: str, label: str, element: dict[str, Any], *, optional: bool, hint: str | None
) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 150),
        "element": {"action_id": Action.INPUT, **element},
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 150)} if hint else {})


def text_input(
    block_id: str,
    label: str,
    *,
    initial: str = "",
    lines: bool = False,
    optional: bool = False,
    hint: str | None = None,
    placeholder: str | None = None,
    most: int = 3000,
) -> Block:
    element: dict[str, Any] = {"type": "plain_text_input", "multiline": lines, "max_length": most}
    if initial:
        element["initial_value"] = initial[:most]
    if placeholder:
        element["placeholder"] = plain(placeholder, 140)
    return _input(block_id, label, element, optional=optional, hint=hint)


def select_input(
    block_id: str,
    label: str,
    options: list[Option],
    *,
    initial: str | None = None,
    optional: bool = False,
) -> Block:
    element: dict[str, Any] = {
        "type": "static_select",
        "placeholder": plain("Choose one", 140),
        "options": [option(o) for o in options[:100]],
    }
    chosen = [o for o in element["options"] if o["value"] == initial]
    if chosen:
        element["initial_option"] = chosen[0]
    return _input(block_id, label, element, optional=optional, hint=None)


def checkbox_input(
    block_id: str, label: str, options: list[Option], *, ticked: list[str], optional: bool = True
) -> Block:
    made = [option(o) for o in options[:10]]
    element: dict[str, Any] = {"type": "checkboxes", "options": made}
    if chosen := [o for o in made if o["value"] in ticked]:
        element["initial_options"] = chosen
    return _input(block_id, label, element, optional=optional, hint=None)


def date_input(
    block_id: str, label: str, *, initial: date | None = None, optional: bool = False
) -> Block:
    element: dict[str, Any] = {"type": "datepicker"}
    if initial:
        element["initial_date"] = initial.isoformat()
    return _input(block_id, label, element, optional=optional, hint=None)


def moment_input(block_id: str, label: str, *, initial: datetime | None = None) -> Block:
    element: dict[str, Any] = {"type": "datetimepicker"}
    if initial:
        element["initial_date_time"] = int(initial.timestamp())
    return _input(block_id, label, element, optional=False, hint=None)


def time_input(block_id: str, label: str, *, initial: str) -> Block:
    element = {"type": "timepicker", "initial_time": initial}
    return _input(block_id, label, element, optional=False, hint=None)


def number_input(
    block_id: str, label: str, *, least: int, most: int, initial: int | None = None
) -> Block:
    element: dict[str, Any] = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(most),
    }
    if initial is not None:
        element["initial_value"] = str(initial)
    return _input(block_id, label, element, optional=False, hint=f"{least} to {most}")


def member_input(
    block_id: str,
    label: str,
    *,
    initial: str | None = None,
    optional: bool = False,
    hint: str | None = None,
) -> Block:
    """A person of the workspace; the handler finds out whether csbot knows them."""
    element: dict[str, Any] = {"type": "users_select", "placeholder": plain("Choose a person", 140)}
    if initial:
        element["initial_user"] = initial
    return _input(block_id, label, element, optional=optional, hint=hint)


def channel_input(block_id: str, label: str, *, hint: str) -> Block:
    """A public channel of one's own workspace; the handler asks Slack who reads along in it."""
    only = {"include": ["public"], "exclude_external_shared_channels": True}
    element = {
        "type": "conversations_select",
        "placeholder": plain("Choose a channel", 140),
        "filter": only,
    }
    return _input(block_id, label, element, optional=False, hint=hint)


def account_input(block_id: str, *, initial: Option | None = None) -> Block:
    """Type-ahead over accounts, one's own first."""
    return search_input(block_id, "Account", Action.ACCOUNT_SELECT, initial=initial)


def search_input(
    block_id: str, label: str, action: Action, *, initial: Option | None = None
) -> Block:
    """A menu of more than a form holds: what `action` offers for what is typed."""
    element: dict[str, Any] = {
        "type": "external_select",
        "action_id": action,
        "min_query_length": 0,
        "placeholder": plain("Type a name", 140),
    }
    if initial:
        element["initial_option"] = option(initial)
    return _input(block_id, label, element, optional=False, hint=None)
