"""The key that a request brings in its Authorization header."""

import base64

KEY_MAX = 200


def credentials(header: str | None) -> str | None:
    """Of `Basic key:` (as the user's name, a password is ignored) or `Bearer key`."""
    kind, _, told = (header or "").strip().partition(" ")
    key = {"basic": _user, "bearer": str.strip}.get(kind.lower(), _none)(told.strip())
    return key[:KEY_MAX] if key else None


def _user(told: str) -> str | None:
    try:
        return base64.b64decode(told, validate=True).decode().partition(":")[0]
    except ValueError:  # no base64, letters beyond ASCII, no UTF-8
        return None


def _none(_: str) -> None:
    return None
