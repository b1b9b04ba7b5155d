"""Form bodies with keys like `response[person][email]`, as JSON would have them."""

from typing import Any
from urllib.parse import parse_qsl

from handlers.receive import bad

FIELDS, DEPTH = 1_000, 10


def decoded(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
    except (ValueError, UnicodeDecodeError):
        raise bad("body", "must be a URL-encoded form in UTF-8") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        _put(found, [part.rstrip("]") for part in name.split("[", DEPTH)], value)
    return found


def _put(into: dict[str, Any], names: list[str], value: str) -> None:
    for name in names[:-1]:
        inner = into.setdefault(name, {})
        if not isinstance(inner, dict):
            raise bad(name, "is a value here and a group of values there")
        into = inner
    into[names[-1]] = value
