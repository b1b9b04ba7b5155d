"""What Slack's own form checks before it sends anything."""

import re
from typing import Any

from csbot.workspace.model import Json

REQUIRED = "Please complete this required field."
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def complaints(blocks: list[Json], values: Json) -> dict[str, str]:
    """A text for each input that may not be sent as it is, by block_id."""
    found = {}
    for block in blocks:
        if block.get("type") == "input":
            given = given_in(block, values)
            text = _missing(block, given) or _malformed(block["element"], given)
            if text:
                found[block["block_id"]] = text
    return found


def given_in(block: Json, values: Json) -> Any:
    """What stands in the input: a string, an option, a list; None when empty."""
    element = block["element"]
    state = values.get(block["block_id"], {}).get(element.get("action_id"), {})
    return next((v for k, v in state.items() if k != "type" and v not in (None, "", [])), None)


def _missing(block: Json, given: Any) -> str:
    return REQUIRED if given is None and not block.get("optional") else ""


def _malformed(element: Json, given: Any) -> str:
    if not isinstance(given, str):
        return ""
    kind = element["type"]
    if kind == "number_input":
        return _number_wrong(element, given)
    if kind == "email_text_input" and not EMAIL.fullmatch(given):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not given.startswith(("http://", "https://")):
        return "Please enter a valid link."
    if kind == "plain_text_input":
        return _length_wrong(element, given)
    return ""


def _length_wrong(element: Json, given: str) -> str:
    if len(given) > element.get("max_length", 3000):
        return f"Must be at most {element.get('max_length', 3000)} characters."
    if len(given) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    return ""


def _number_wrong(element: Json, given: str) -> str:
    whole = r"-?\d+" if not element.get("is_decimal_allowed") else r"-?\d+(\.\d+)?"
    if not re.fullmatch(whole, given):
        return "Please enter a number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and float(given) < float(low):
        return f"Must be {low} or more."
    if high is not None and float(given) > float(high):
        return f"Must be {high} or less."
    return ""
