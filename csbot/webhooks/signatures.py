"""Whether a delivery was signed by who holds the secret: one verifier, the schemes are data.

A scheme says where the signature stands, what was signed and how it is spelled. All comparisons
are constant-time; a timestamp that is old, missing or no number is a forgery like any other.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Encoding = Literal["hex", "base64"]
Algorithm = Literal["sha1", "sha256", "sha512"]
DIGITS = 12
_PIECE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Scheme:
    """`signed` names what is hashed: {body}, {timestamp}, {id}, in their order.

    `signature` is how one stands in its header: `{signature}` alone, behind a prefix
    (`sha256={signature}`), or as a part of a list (`v1={signature}` among `t=…,v1=…`, parted by
    `separator`). The timestamp comes from `timestamp_header`, or from the list's `t=`.
    `tolerance` is in seconds, 0 where a scheme carries no time; `key` is how the secret is spelled.
    """

    header: str
    algorithm: Algorithm = "sha256"
    encoding: Encoding = "hex"
    signed: str = "{body}"
    signature: str = "{signature}"
    separator: str = ""
    timestamp_header: str = ""
    id_header: str = ""
    key: Literal["text", "base64"] = "text"
    tolerance: int = 0


def _timed_list(header: str, tolerance: int) -> Scheme:
    """`t=1700000000,v1=hex` over `timestamp.body`, as Stripe began it."""
    return Scheme(
        header,
        signed="{timestamp}.{body}",
        signature="v1={signature}",
        separator=",",
        tolerance=tolerance,
    )


def _standard(prefix: str) -> Scheme:
    """standardwebhooks.com: `v1,base64` parted by blanks over `id.timestamp.body`."""
    return Scheme(
        f"{prefix}-signature",
        encoding="base64",
        signed="{id}.{timestamp}.{body}",
        signature="v1,{signature}",
        separator=" ",
        timestamp_header=f"{prefix}-timestamp",
        id_header=f"{prefix}-id",
        key="base64",
        tolerance=300,
    )


SCHEMES: dict[str, Scheme] = {
    "stripe": _timed_list("stripe-signature", 300),
    "calendly": _timed_list("calendly-webhook-signature", 180),
    "standard": _standard("webhook"),
    "svix": _standard("svix"),
    "calcom": Scheme("x-cal-signature-256"),
    "typeform": Scheme("typeform-signature", encoding="base64", signature="sha256={signature}"),
    "delighted": Scheme("x-delighted-webhook-signature", signature="sha256={signature}"),
    "surveymonkey": Scheme("sm-signature", algorithm="sha1", encoding="base64"),
    "zendesk": Scheme(
        "x-zendesk-webhook-signature",
        encoding="base64",
        signed="{timestamp}{body}",
        timestamp_header="x-zendesk-webhook-signature-timestamp",
        tolerance=300,
    ),
    "intercom": Scheme("x-hub-signature", algorithm="sha1", signature="sha1={signature}"),
}


def verified(
    scheme: Scheme,
    *,
    secrets: Iterable[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> bool:
    """True when any of `secrets` (several during a rotation) made any of the signatures.

    `headers` have names in lower case.
    """
    told = headers.get(scheme.header.lower(), "")
    given = _signatures(scheme, told)
    stamp = _timestamp(scheme, told, headers)
    event_id = headers.get(scheme.id_header.lower(), "") if scheme.id_header else ""
    if not given or stamp is None or not _fresh(scheme, stamp, now):
        return False
    if scheme.id_header and not event_id:
        return False
    values = {"body": body, "timestamp": stamp.encode(), "id": event_id.encode()}
    signed = _filled(scheme.signed, values)
    right = [_signed(scheme, secret, signed) for secret in secrets]
    # Every pair is compared: how long that takes does not say which was near.
    return any([hmac.compare_digest(a, b) for a in right if a for b in given])


def usable(scheme: Scheme, secret: str) -> bool:
    """Whether anything can be signed with it."""
    return bool(_key(scheme, secret))


def _signatures(scheme: Scheme, told: str) -> list[bytes]:
    before, _, after = scheme.signature.partition("{signature}")
    parts = told.split(scheme.separator) if scheme.separator else [told]
    stripped = (part.strip() for part in parts[:20])
    return [
        part[len(before) : len(part) - len(after)].encode()
        for part in stripped
        if part.startswith(before) and part.endswith(after) and len(part) > len(before + after)
    ]


def _timestamp(scheme: Scheme, told: str, headers: Mapping[str, str]) -> str | None:
    """As it stands, since it is part of what was signed; "" for schemes without one."""
    if "{timestamp}" not in scheme.signed:
        return ""
    if scheme.timestamp_header:
        return headers.get(scheme.timestamp_header.lower())
    stamps = (p.strip()[2:] for p in told.split(scheme.separator) if p.strip().startswith("t="))
    return next(stamps, None)


def _fresh(scheme: Scheme, stamp: str, now: datetime) -> bool:
    if not scheme.tolerance:
        return True
    moment = _moment(stamp)
    return moment is not None and abs(now.timestamp() - moment) <= scheme.tolerance


def _moment(stamp: str) -> float | None:
    if stamp.isascii() and stamp.isdigit() and len(stamp) <= DIGITS:
        return int(stamp)
    try:  # Zendesk writes ISO 8601
        told = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return told.timestamp() if told.tzinfo else None


def _filled(template: str, values: Mapping[str, bytes]) -> bytes:
    pieces = _PIECE.split(template)
    return b"".join(
        values[piece] if place % 2 else piece.encode() for place, piece in enumerate(pieces)
    )


def _signed(scheme: Scheme, secret: str, signed: bytes) -> bytes | None:
    key = _key(scheme, secret)
    if not key:
        return None
    digest = hmac.new(key, signed, getattr(hashlib, scheme.algorithm)).digest()
    return digest.hex().encode() if scheme.encoding == "hex" else base64.b64encode(digest)


def _key(scheme: Scheme, secret: str) -> bytes | None:
    if scheme.key == "text":
        return secret.encode()
    text = secret.removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return None
