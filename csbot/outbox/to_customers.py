"""Asks for messages to go to customers, in the transaction of the decision that they may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from csbot.db.rows import insert_once
from csbot.outbox.model import LANES, OutgoingMessage
from csbot.outbox.queue import Priority, insert_all


@dataclass(frozen=True)
class OutgoingTouch:
    """One message to a customer of many; the fields are the arguments of `enqueue_touch`."""

    touch_id: int
    call: Literal["email", "sms"]
    payload: dict[str, Any]
    key: str
    not_before: datetime | None = None
    priority: Priority = Priority.NORMAL


def enqueue_touch(
    session: Session,
    touch_id: int,
    *,
    call: Literal["email", "sms"],
    payload: dict[str, Any],
    key: str,
    now: datetime,
    not_before: datetime | None = None,
    priority: Priority = Priority.NORMAL,
) -> bool:
    """Send a touch that is `queued` to its person, once; a known `key` is a no-op.

    The payload of an e-mail is described in csbot/email/letter.py, that of an SMS in
    csbot/sms/gateway.py. Returns whether the key was new.
    """
    item = OutgoingTouch(touch_id, call, payload, key, not_before, priority)
    return insert_once(session, OutgoingMessage, **_touch(item, now))


def enqueue_touches(session: Session, items: Sequence[OutgoingTouch], *, now: datetime) -> None:
    """As `enqueue_touch`, for thousands at once."""
    insert_all(session, [_touch(item, now) for item in items])


def _touch(item: OutgoingTouch, now: datetime) -> dict[str, Any]:
    return {
        "key": item.key,
        "call": item.call,
        "message": "touch",
        "lane": LANES[item.call],
        "payload": {**item.payload, "touch_id": item.touch_id},
        "priority": item.priority,
        "created_at": now,
        "not_before": item.not_before or now,
    }
