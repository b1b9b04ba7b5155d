"""Rows that may be there already: `INSERT ... ON CONFLICT`, as both databases spell it."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from csbot.db.base import Base


def insert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """The dialect's own INSERT, which knows `on_conflict_do_nothing` and `_do_update`."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_once(session: Session, table: type[Base], **values: Any) -> bool:
    """Add one row unless a unique key has it already; True when this call added it."""
    key = next(iter(table.__mapper__.primary_key))
    statement = insert(session, table).values(**values).on_conflict_do_nothing().returning(key)
    return session.scalar(statement) is not None
