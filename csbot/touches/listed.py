"""An account's messages to customers, as other programs read them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.touches.model import Touch

NAMES = (
    "id", "playbook", "channel", "address", "state", "why", "created_at", "queued_at", "sent_at",
    "bounced_at",
)  # fmt: skip


def listed(session: Session, account_id: int, members: Mapping[int, str]) -> list[dict[str, Any]]:
    """Oldest first, with the words as they went out; `members` are e-mail addresses."""
    mine = select(Touch).where(Touch.account_id == account_id).order_by(Touch.created_at, Touch.id)
    return [
        {
            **{name: _plain(getattr(touch, name)) for name in NAMES},
            "subject": touch.words.get("subject"),
            "text": touch.words.get("text"),
            "owner": members.get(touch.owner_id or 0),
        }
        for touch in session.scalars(mine)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value
