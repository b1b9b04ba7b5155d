"""Ids for what has none of its own: the same content is the same event."""

import hashlib
import json
from typing import Any

AS_IT_STANDS = "as-it-stands:"


def fingerprint(body: Any) -> str:
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def as_it_stands(body: Any) -> str:
    """Of a state without a version: another one may have stood since this one came."""
    return f"{AS_IT_STANDS}{fingerprint(body)}"


def may_return(event_id: str) -> bool:
    """Whether what was done counts again, since the same content may be news."""
    return event_id.startswith(AS_IT_STANDS)
