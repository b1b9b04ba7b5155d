"""Whether a request really comes from Slack."""

from datetime import datetime
from hmac import compare_digest

from slack_sdk.signature import SignatureVerifier

TOLERANCE = 300  # seconds, as Slack asks
DIGITS = 12  # thousands of them are an error of Python's own


def is_genuine(
    *, secret: str, body: bytes, timestamp: str | None, signature: str | None, now: datetime
) -> bool:
    """Constant-time; an old, missing or non-numeric timestamp is a forgery like any other."""
    if not secret or not timestamp or not signature:
        return False
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= DIGITS):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        return False
    expected = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return compare_digest((expected or "").encode(), signature.encode())
