"""What a terminal gets to see: it obeys the characters that files and people may hide in words."""

import json
import re
from typing import Any

from messages.text import clean

_UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def shown(text: str) -> str:
    """Without escape sequences and marks of direction; line breaks and tabs stay in place."""
    return clean(text.replace("\t", " "))


def as_json(value: Any) -> str:
    """JSON in readable letters; what cannot be seen is written as its number."""
    made = json.dumps(value, indent=2, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", made)
