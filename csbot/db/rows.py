"""Rows that may be there already: `INSERT ... ON CONFLICT`, as both databases spell it."""

from collections.abc import Sequence
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
    made = session.connection().execute(_missing(table, _dialect(session), True), values)
    return made.first() is not None


def insert_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Add those rows that no unique key has already; all have the same columns."""
    session.flush()
    session.connection().execute(_missing(table, _dialect(session), False), rows)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _missing(table: type[Base], dialect: str, returning: bool) -> Executable:
    # Built once, and on the table, past the ORM's bulk inserts: half of the time for one row.
    rows = table.metadata.tables[table.__tablename__]
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    made = insert(rows).on_conflict_do_nothing()
    return made.returning(*rows.primary_key) if returning else made
