"""Rows that may be there already: `INSERT ... ON CONFLICT`, as both databases spell it."""

from functools import cache
from typing import Any

from sqlalchemy import Executable
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
    session.flush()  # what it refers to may not be there yet
    statement = _once(table, session.get_bind().dialect.name == "postgresql")
    return session.execute(statement, values).first() is not None


@cache
def _once(table: type[Base], on_postgresql: bool) -> Executable:
    # Built once, and on the table, past the ORM's bulk inserts: half of the time for one row.
    rows = table.metadata.tables[table.__tablename__]
    if on_postgresql:
        return postgresql.insert(rows).on_conflict_do_nothing().returning(*rows.primary_key)
    return sqlite.insert(rows).on_conflict_do_nothing().returning(*rows.primary_key)
