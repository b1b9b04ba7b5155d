"""Traits as they are kept: few enough, small enough, plain. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from csbot.inbox import fields
from csbot.usage.reading import plain

MOST, KEY_MAX, TEXT_MAX = 50, 100, 500


def bounded(traits: Mapping[str, Any]) -> dict[str, Any]:
    """What does not fit is left out or cut; what has parts is kept as JSON text."""
    kept: dict[str, Any] = {}
    for key, value in traits.items():
        name = fields.storable(str(key)).strip()[:KEY_MAX]
        if name and value not in (None, "", [], {}) and len(kept) < MOST:
            kept[name] = _small(plain(value))
    return kept


def merged(several: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """In the order they were told; a blank takes nothing back."""
    return {
        key: value
        for traits in several
        for key, value in traits.items()
        if value not in (None, "", [], {})
    }


def _small(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and abs(value) > 2**53:
        value = str(value)
    return value[:TEXT_MAX] if isinstance(value, str) else value
