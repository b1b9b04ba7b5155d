"""Everything Slack or another system tells us is stored once before anything acts on it."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.db.rows import insert_once
from csbot.inbox.model import Received


def first_time(session: Session, *, source: str, event_id: str, now: datetime) -> bool:
    """Note that this event has come; False when it had come before."""
    return insert_once(
        session,
        Received,
        source=source,
        event_id=event_id,
        received_at=now,
        state="done",
        tries=0,
    )
