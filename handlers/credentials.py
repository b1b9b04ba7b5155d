"""The key that a request brings in its Authorization header."""

import base64

KEY_MAX = 200


def credentials(header: str | None) -> str | None:
    """Of `Basic key:` (as the user's name, a password is ignored) or `Bearer key`."""
    kind, _, told = (header or "").strip().partition(" ")
    if kind.lower() == "basic":
        key = _user(told.strip())
    else:
        key = told.strip() if kind.lower() == "bearer" else ""
    return key[:KEY_MAX] or None


def _user(told: str) -> str:
    try:
        return base64.b64decode(told, validate=True).decode().partition(":")[0]
    except ValueError:  # no base64, letters beyond ASCII, no UTF-8
        return ""
