"""Asks for messages to go out, in the transaction of the change that wants them."""

from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from csbot.db.rows import insert_once
from csbot.outbox.model import OutgoingMessage
from messages.message import Message
from messages.render import render


class Priority(IntEnum):
    URGENT = 0
    NORMAL = 1
    ROUTINE = 2


def enqueue(
    session: Session,
    message: Message,
    *,
    to: str,
    key: str,
    now: datetime,
    not_before: datetime | None = None,
    thread: str | None = None,
    broadcast: bool = False,
    priority: Priority = Priority.NORMAL,
) -> bool:
    """Post `message` once to `to` (channel id, #name or a person's id); a known `key` is a no-op.

    `thread` is the key of the message to reply to. Returns whether the key was new.
    """
    return _add(
        session, message, key=key, call="post", lane=to, now=now, not_before=not_before,
        thread=thread, broadcast=broadcast, priority=priority,
    )  # fmt: skip


def enqueue_update(
    session: Session,
    message: Message,
    *,
    target: str,
    now: datetime,
    priority: Priority = Priority.NORMAL,
) -> None:
    """Rewrite the message that was posted under the key `target`, now or once it is posted.

    A post that nobody has begun to send is changed itself; a waiting update is replaced.
    """
    payload = render(message)
    waiting = (
        update(OutgoingMessage)
        .where(OutgoingMessage.state == "waiting", OutgoingMessage.attempts == 0)
        .where((OutgoingMessage.key == target) | (OutgoingMessage.target == target))
        .values(payload=payload, message=message.name)
        .returning(OutgoingMessage.id)
    )
    if session.scalars(waiting).all():
        return
    post = session.scalar(select(OutgoingMessage).where(OutgoingMessage.key == target))
    if post is None:
        return
    earlier = select(func.count()).where(OutgoingMessage.target == target)
    _add(
        session, message, key=f"{target}/{1 + (session.scalar(earlier) or 0)}", call="update",
        lane=post.lane, now=now, target=target, priority=priority, payload=payload,
    )  # fmt: skip


def enqueue_private(
    session: Session, message: Message, *, channel: str, person: str, key: str, now: datetime
) -> bool:
    """Show `message` in `channel` to one person alone; it is tried once, never repeated."""
    return _add(
        session, message, key=key, call="ephemeral", lane=channel, now=now, to_person=person,
        priority=Priority.URGENT,
    )  # fmt: skip


def _add(
    session: Session,
    message: Message,
    *,
    key: str,
    call: str,
    lane: str,
    now: datetime,
    not_before: datetime | None = None,
    payload: dict[str, Any] | None = None,
    **rest: Any,
) -> bool:
    return insert_once(
        session,
        OutgoingMessage,
        key=key,
        call=call,
        message=message.name,
        lane=lane,
        payload=payload or render(message),
        created_at=now,
        not_before=not_before or now,
        **rest,
    )
