"""Tasks that nobody needs any more: there is no other end of a task than done."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.tasks.model import Task

Gone = Row[*tuple[Any, ...]]


def cancel(
    session: Session, *which: ColumnElement[bool], because: str, now: datetime
) -> list[Gone]:
    """The open ones of these; the log says that nobody did them. Returns each `id, account_id`."""
    gone = session.execute(
        update(Task)
        .where(Task.done_at.is_(None), *which)
        .values(done_at=now)
        .returning(Task.id, Task.account_id, Task.title)
    ).all()
    entries = [
        audit.entry(
            verb="task.cancelled", subject=f"task:{row.id}", account=row.account_id, by=None,
            now=now, before={"done_at": None},
            after={"title": row.title, "done_at": now.isoformat()}, why=because,
        )
        for row in gone
    ]  # fmt: skip
    audit.record_all(session, entries)
    return list(gone)
