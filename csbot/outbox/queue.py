"""Asks for messages to go out, in the transaction of the change that wants them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import (
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    select,
    union_all,
    update,
)  # fmt: skip
from sqlalchemy.orm import Session

from csbot.db.rows import insert_missing, insert_once
from csbot.outbox.model import OutgoingMessage
from messages.keeping import offered
from messages.message import Message
from messages.render import render
from messages.sharing import leading_on, leads_on

CHUNK = 5_000  # SQLite binds 32,766 values in one statement at most
TARGETS = bindparam("targets", type_=String(), expanding=True)
ALSO = "also"  # in a payload: how many of its last blocks came along under the message
OUT = OutgoingMessage.__table__.c  # past the ORM, which takes as long again for a row
T = TypeVar("T")


class Priority(IntEnum):
    """While what is FIRST is under way for the first time nothing else goes out."""

    FIRST = -1
    URGENT = 0
    NORMAL = 1
    ROUTINE = 2


@dataclass(frozen=True)
class Outgoing:
    """One post of many; the fields are the arguments of `enqueue`.

    `also` stands under it until it is rewritten in Slack. `only` is who alone is to see it.
    `asked_by` gets it alone where it turns out that not everybody there may read it.
    `leads_on`: it is a question, and what comes of its buttons is for everybody.
    """

    message: Message
    to: str
    key: str
    not_before: datetime | None = None
    thread: str | None = None
    broadcast: bool = False
    priority: Priority = Priority.NORMAL
    also: Message | None = None
    only: str | None = None
    asked_by: str | None = None
    leads_on: bool = False


@dataclass(frozen=True)
class Rewrite:
    """What the message that was posted under the key `target` is to say from now on."""

    target: str
    message: Message


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
    item = Outgoing(message, to, key, not_before, thread, broadcast, priority)
    return insert_once(session, OutgoingMessage, **_post(item, now))


def enqueue_many(session: Session, items: Sequence[Outgoing], *, now: datetime) -> None:
    """As `enqueue`, for thousands at once."""
    insert_all(session, [_post(item, now) for item in items])


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
    enqueue_updates_many(session, [Rewrite(target, message)], now=now, priority=priority)


def enqueue_updates_many(
    session: Session,
    items: Sequence[Rewrite],
    *,
    now: datetime,
    priority: Priority = Priority.NORMAL,
) -> None:
    """As `enqueue_update`, for thousands at once, in a constant number of statements."""
    newest = {item.target: item.message for item in items}
    session.flush()
    for targets in _chunks(list(newest)):
        found = session.connection().execute(_named(), {"targets": targets}).all()
        changed = _change_unsent(session, [row for row in found if row.unseen], newest)
        rows = [
            _row(newest[post.key], key=f"{post.key}/{uuid4().hex}", call="update",
                 lane=post.lane, now=now, target=post.key, priority=priority)
            for post in found
            if post.target is None and post.key not in changed
        ]  # fmt: skip
        insert_all(session, rows)


def enqueue_strike(session: Session, target: str, foot: str, *, now: datetime) -> None:
    """Take from a message what came along under it: the blocks whose ids begin with `foot`.

    A message that has been rewritten since has lost it already.
    """
    session.flush()
    later = select(OUT.id).where(OUT.target == target)
    row = session.scalar(select(OutgoingMessage).where(OUT.key == target, ~later.exists()))
    if row is None:
        return
    left = [b for b in row.payload["blocks"] if not b.get("block_id", "").startswith(foot)]
    without = {
        "key": f"{target}/{uuid4().hex}", "call": "update", "message": row.message,
        "lane": row.lane, "target": target, "payload": {**row.payload, "blocks": left},
        "created_at": now, "not_before": now,
    }  # fmt: skip
    insert_all(session, [without])


def enqueue_homes(
    session: Session,
    people: Collection[str],
    *,
    now: datetime,
    priority: Priority = Priority.NORMAL,
) -> None:
    """Show these people's App Homes as they are once it is their turn; Slack ids."""
    rows = [
        {
            "key": f"home:{person}/{uuid4().hex}", "call": "home", "message": "home",
            "lane": person, "target": f"home:{person}", "payload": {}, "priority": priority,
            "created_at": now, "not_before": now,
        }
        for person in sorted(people)
    ]  # fmt: skip
    insert_all(session, rows)


def withdraw(session: Session, keys: Sequence[str]) -> None:
    """Take posts back that nobody has begun to send, with the replies that wait for them.

    A sender that has claimed one keeps it: the row is locked by either, and looked at again.
    """
    session.flush()
    unclaimed = and_(OUT.call == "post", OUT.state == "waiting", OUT.attempts == 0)
    gone = delete(OutgoingMessage).where(unclaimed)
    for some in _chunks(list(keys)):
        taken = session.scalars(gone.where(OUT.key.in_(some)).returning(OUT.key)).all()
        if taken:
            session.execute(gone.where(OUT.thread.in_(taken)))


def enqueue_private(
    session: Session,
    message: Message,
    *,
    channel: str,
    person: str,
    key: str,
    now: datetime,
    thread: str | None = None,
) -> bool:
    """Show `message` in `channel` to one person alone; it is tried once, never repeated."""
    row = _row(
        message, key=key, call="ephemeral", lane=channel, now=now, to_person=person,
        priority=Priority.URGENT, thread=thread,
    )  # fmt: skip
    return insert_once(session, OutgoingMessage, **row)


def _change_unsent(session: Session, unseen: Sequence[Any], newest: dict[str, Message]) -> set[str]:
    """Change what surely nobody has seen yet; returns the targets that this settles."""
    owners = {row.id: row.target or row.key for row in unseen}
    said = {target: (newest[target].name, render(newest[target])) for target in owners.values()}
    rows = []
    for row in unseen:
        name, content = said[owners[row.id]]
        content = _carried(content, row.payload or {})
        rows.append({"id": row.id, "message": name, "payload": content})
    if rows:
        session.execute(update(OutgoingMessage), rows)
    return set(owners.values())


def _carried(content: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """With what was to stand under the old one, and as much a question as that was."""
    if along := old.get(ALSO):
        content = content | {"blocks": content["blocks"] + old["blocks"][-along:], ALSO: along}
    return leading_on(content) if leads_on(old) else content


@cache
def _named() -> Select[int, str, str | None, str, bool, dict[str, Any] | None]:
    """The posts under these keys, with what unseen ones say; then what rewrites them unseen."""
    waiting = and_(OUT.state == "waiting", OUT.attempts == 0)
    unseen = waiting | and_(OUT.state == "dead", OUT.call == "post")
    # By key and by target apart: together they are looked for among all that is waiting.
    ids = union_all(
        select(OUT.id).where(OUT.key.in_(TARGETS)),
        select(OUT.id).where(OUT.target.in_(TARGETS), unseen),
    )
    # The lock keeps senders from claiming these rows between the look and the change.
    return (
        select(
            OUT.id, OUT.key, OUT.target, OUT.lane, unseen.label("unseen"),
            case((and_(unseen, OUT.call == "post"), OUT.payload)).label("payload"),
        )
        .where(OUT.id.in_(ids))
        .order_by(OUT.id)
        .with_for_update()
    )  # fmt: skip


def _post(item: Outgoing, now: datetime) -> dict[str, Any]:
    row = _row(
        item.message, key=item.key, call="ephemeral" if item.only else "post", lane=item.to,
        now=now, not_before=item.not_before, thread=item.thread, broadcast=item.broadcast,
        priority=item.priority, to_person=item.only or item.asked_by,
    )  # fmt: skip
    if item.also is not None:
        under = render(item.also)["blocks"]
        row["payload"] |= {"blocks": row["payload"]["blocks"] + under, ALSO: len(under)}
    if item.leads_on:
        leading_on(row["payload"])
    return row


def _row(
    message: Message,
    *,
    key: str,
    call: str,
    lane: str,
    now: datetime,
    not_before: datetime | None = None,
    **rest: Any,
) -> dict[str, Any]:
    content = render(message)
    if call == "ephemeral":  # it is gone with the next start of Slack, so it can be kept
        content = offered(content, message.question())
    return {
        "key": key,
        "call": call,
        "message": message.name,
        "lane": lane,
        "payload": content,
        "created_at": now,
        "not_before": not_before or now,
        **rest,
    }


def insert_all(session: Session, rows: list[dict[str, Any]]) -> None:
    for chunk in _chunks(rows):
        insert_missing(session, OutgoingMessage, chunk)


def _chunks(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
