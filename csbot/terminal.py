"""What a terminal gets to see: it obeys the characters that files and people may hide in words."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from messages.text import clean

_UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def shown(text: str) -> str:
    """Without escape sequences and marks of direction; line breaks and tabs stay in place."""
    return clean(text.replace("\t", " "))


def as_json(value: Any) -> str:
    """JSON in readable letters; what cannot be seen is written as its number."""
    made = json.dumps(value, indent=2, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", made)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Columns under the names of the first row, as wide as they must be."""
    names = list(rows[0])
    lines = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        [cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines
    )
    return "\n".join("  ".join(line).rstrip() for line in padded)


def instant(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _cell(value: Any) -> str:
    return " ".join(shown("–" if value is None else str(value)).split())
