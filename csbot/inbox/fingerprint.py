"""An id for what has none of its own: the same content is the same event."""

import hashlib
import json
from typing import Any


def fingerprint(body: Any) -> str:
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
