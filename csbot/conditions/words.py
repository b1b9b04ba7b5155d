"""A condition in words, from the data of a file: it need not be one that can be read."""

from typing import Any

OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "at_least": "is at least",
    "at_most": "is at most",
    "above": "is above",
    "below": "is below",
    "has": "has",
    "has_any": "has one of",
    "has_not": "has not",
}


def in_words(said: dict[str, Any]) -> str:
    """`account.arr is at least 50000 and (account.health is below 50 or …)`; empty for always."""
    return " and ".join(_entry(key, value) for key, value in said.items())


def _entry(key: str, value: Any) -> str:
    if key in ("all", "any") and isinstance(value, list):
        joined = (" and " if key == "all" else " or ").join(_inner(part) for part in value)
        return f"({joined})" if len(value) > 1 else joined
    if key == "not":
        return f"not ({in_words(value)})" if isinstance(value, dict) else f"not {value}"
    if isinstance(value, dict):
        return " and ".join(_test(key, operator, operand) for operator, operand in value.items())
    return _test(key, "in" if isinstance(value, list) else "is", value)


def _inner(part: Any) -> str:
    return in_words(part) if isinstance(part, dict) else str(part)


def _test(field: str, operator: str, operand: Any) -> str:
    if operator == "known":
        return f"{field} is {'known' if operand else 'not known'}"
    return f"{field} {OPERATORS.get(operator, operator)} {_value(operand)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)
    return "nothing" if value is None else str(value)
