"""Keys that other systems send data in with: shown once, stored as a hash, good for one source.

A key is 256 random bits, so one round of SHA-256 keeps it: there is nothing to guess.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.errors import Refused
from csbot.find import ID_MAX
from csbot.keys.model import ApiKey

SOURCES = ("usage", "surveys", "tickets", "meetings", "generic")
SHOWN = 10  # characters of a key that a list shows: enough to tell keys apart


@dataclass(frozen=True)
class Made:
    """A new key and the only sight of its text."""

    key: ApiKey
    text: str


def create(session: Session, *, source: str, name: str, now: datetime) -> Made:
    if source not in SOURCES:
        raise Refused(f"There is no source {source!r}. There are: {', '.join(SOURCES)}.")
    text = f"csk_{source}_{secrets.token_urlsafe(32)}"
    starts = text[: len(f"csk_{source}_") + SHOWN - 4]
    key = ApiKey(name=name, source=source, starts_with=starts, sha256=_hashed(text), created_at=now)
    session.add(key)
    session.flush()
    audit.record(
        session,
        verb="key.created",
        subject=f"key:{key.id}",
        by=None,
        now=now,
        after={"name": name, "source": source},
    )
    return Made(key, text)


def revoke(session: Session, *, key_id: int, now: datetime) -> ApiKey:
    """Refused when there is no such key; revoking it again changes nothing."""
    key = session.get(ApiKey, key_id) if 0 < key_id <= ID_MAX else None
    if key is None:
        raise Refused(f"There is no key {key_id}. `csbot keys list` shows them all.")
    if key.revoked_at is None:
        key.revoked_at = now
        audit.record(
            session,
            verb="key.revoked",
            subject=f"key:{key.id}",
            by=None,
            now=now,
            before={"name": key.name, "source": key.source},
        )
    return key


def all_keys(session: Session) -> list[ApiKey]:
    return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))


def opened_by(session: Session, text: str, *, source: str) -> ApiKey | None:
    """The key of this text, if it is good for `source`.

    The database compares hashes: how long that takes says nothing of a key.
    """
    return session.scalar(
        select(ApiKey).where(
            ApiKey.sha256 == _hashed(text), ApiKey.source == source, ApiKey.revoked_at.is_(None)
        )
    )


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()
