"""E-mails of ours that came back after the mail server had taken them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, text
from csbot.settings import Settings
from csbot.touches.fate import moved, withdraw_consent
from csbot.touches.model import Touch

Kind = Literal["hard", "failed", "complaint"]
# As mail services say it, without underscores; what is late or full for now they try again.
KINDS: dict[str, Kind | None] = {
    "hard": "hard", "permanent": "hard", "hardbounce": "hard", "bounce": "hard",
    "complaint": "complaint", "spam": "complaint", "spamcomplaint": "complaint",
    "soft": None, "transient": None, "softbounce": None, "deferred": None,
}  # fmt: skip
WENT_OUT = ("queued", "uncertain", "sent")


@dataclass(frozen=True)
class Returned:
    """By the Message-ID; by the address where a service tells no more than that."""

    kind: Kind
    message_id: str | None
    address: str | None
    reason: str | None


def returned(session: Session, told: Returned, *, settings: Settings, now: datetime) -> bool:
    """Whether it was one of ours; told again it changes nothing."""
    touch = _ours(session, told)
    if touch is None:
        return False
    if told.kind == "complaint":
        withdraw_consent(session, touch, now=now)
    elif touch.state in WENT_OUT:
        state = "bounced" if told.kind == "hard" else "failed"
        moved(session, touch, state, why=told.reason, settings=settings, now=now)
    return True


def _ours(session: Session, told: Returned) -> Touch | None:
    mails = select(Touch).where(Touch.channel == "email").with_for_update()
    if told.message_id:
        spelt = f"<{told.message_id.strip().strip('<>')}>"
        if found := session.scalar(mails.where(Touch.external_id == spelt)):
            return found
    if not told.address:
        return None
    theirs = mails.where(
        Touch.address.in_({told.address, told.address.lower()}), Touch.queued_at.is_not(None)
    )
    return session.scalar(theirs.order_by(Touch.queued_at.desc(), Touch.id.desc()).limit(1))


def apply(
    session: Session,
    body: Body,
    *,
    settings: Settings,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Of `{type: "email.bounced", data: {email, kind, message_id, reason}}`."""
    word = (text(body, "kind") or "hard").lower().replace("_", "")
    kind = KINDS.get(word, "failed")
    message_id, address = text(body, "message_id"), text(body, "email")
    if not (message_id or address):
        raise Unreadable("email", "must be there, or message_id")
    if kind is not None:
        told = Returned(kind, message_id, address, text(body, "reason"))
        returned(session, told, settings=settings, now=at or now)
