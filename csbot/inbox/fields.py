"""Reads fields of other systems' JSON by dotted names, whatever stands there.

Empty is spelled "", null, missing, [] and {} by turns: each reads as None. A number in a name is
a place in a list (`answers.0.number`).
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from csbot.inbox.errors import Unreadable

Body = Mapping[str, Any]
TEXT_MAX = 10_000
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MILLISECONDS = 100_000_000_000  # as seconds that is the year 5138
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)


def found(body: Any, path: str) -> Any:
    """What stands there, None for nothing or something empty."""
    for part in path.split("."):
        if isinstance(body, Mapping):
            body = body.get(part)
        elif isinstance(body, list) and part.isdecimal() and int(part) < len(body):
            body = body[int(part)]
        else:
            return None
    return None if body in ("", [], {}) else body


def text(body: Any, path: str, *, longest: int = TEXT_MAX) -> str | None:
    """Plain text, of a number too: ids are strings here and numbers there. Cut at `longest`."""
    value = found(body, path)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return storable(str(value)).strip()[:longest] or None


def storable(value: str) -> str:
    """Without what a database refuses: NUL characters and halves of surrogate pairs."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def number(body: Any, path: str) -> float | None:
    """A finite number, also when it is spelled as text."""
    value = found(body, path)
    if isinstance(value, str):
        value = _spelled(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _finite(value)


def instant(body: Any, path: str) -> datetime | None:
    """ISO 8601 in any precision (without a zone it is UTC), Unix seconds or milliseconds."""
    value = found(body, path)
    moment = _spelled_instant(value) if isinstance(value, str) else _counted_instant(value)
    return moment if moment and EARLIEST <= moment < LATEST else None


def need_text(body: Any, path: str, *, longest: int = TEXT_MAX) -> str:
    value = text(body, path, longest=longest)
    if value is None:
        raise Unreadable(path, "must be there, as text")
    return value


def need_number(body: Any, path: str) -> float:
    value = number(body, path)
    if value is None:
        raise Unreadable(path, "must be a number")
    return value


def need_instant(body: Any, path: str) -> datetime:
    value = instant(body, path)
    if value is None:
        raise Unreadable(path, "must be a time, like 2026-01-31T09:00:00Z")
    return value


def _spelled(value: str) -> float | None:
    try:
        return float(value) if len(value) <= 40 else None
    except ValueError:
        return None


def _finite(value: float) -> float | None:
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None


def _spelled_instant(value: str) -> datetime | None:
    match = _ISO.fullmatch(value.strip()) if len(value) <= 60 else None
    if match is None:
        return _counted_instant(_spelled(value))
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micros = (fraction or "0")[:6].ljust(6, "0")
    stamp = (
        f"{year}-{int(month):02}-{int(day):02}T{int(hour or 0):02}:{minute or '00'}"
        f":{second or '00'}.{micros}{zone or 'Z'}"
    )
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _counted_instant(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or _finite(value) is None:
        return None
    seconds = value / 1000 if abs(value) >= MILLISECONDS else value
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
