"""X-Twilio-Signature: the public address and the form in order, signed by the auth token."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

Form = Iterable[tuple[str, str]]


def signature(token: str, url: str, form: Form) -> str:
    """A field that comes twice with the same value counts once."""
    fields = "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.new(token.encode(), f"{url}{fields}".encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def genuine(token: str, url: str, form: Form, told: str) -> bool:
    return hmac.compare_digest(signature(token, url, form).encode(), told.encode())
