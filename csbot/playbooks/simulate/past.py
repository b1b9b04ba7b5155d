"""A database in memory that has, at each moment of the past, what csbot knew then.

Refused: asking the real tables with conditions of their own for each field and trigger. That is
every query twice, and one that forgets a condition sees the future; here it sees an empty table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    MetaData,
    Table,
    UniqueConstraint,
    bindparam,
    create_engine,
    delete,
    event,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from csbot.db.engine import session_factory
from csbot.db.tables import metadata

# The engine relies on these being unique.
WRITTEN = {
    "account_pipelines", "account_tags", "outbox", "outbox_lanes", "playbooks", "playbook_alerts",
    "playbook_members", "playbook_runs", "playbook_steps", "playbook_versions", "points",
    "touches",
}  # fmt: skip
Row = dict[str, Any]
Work = tuple[Executable, Sequence[Row]]


@dataclass(frozen=True)
class Change:
    """What csbot learned of one row at `at`: add (or replace) it, set some columns, or gone.

    Rows are told apart by the columns of their table's key.
    """

    at: datetime
    kind: str
    row: Row


class Told(Protocol):
    """A part of the past: what is to be done to bring it up to a moment, in order."""

    def until(self, moment: datetime) -> Iterator[Work]: ...


@dataclass
class Tape:
    """The changes of one table."""

    table: Table
    changes: list[Change] = field(default_factory=list)
    _next: int = 0

    def sorted(self) -> "Tape":
        self.changes.sort(key=lambda change: change.at)
        return self

    def until(self, moment: datetime) -> Iterator[Work]:
        end = self._next
        while end < len(self.changes) and self.changes[end].at <= moment:
            end += 1
        due, self._next = self.changes[self._next : end], end
        if not any(change.kind == "gone" for change in due):
            # What is added is there before anything of it is set: two statements, not thousands.
            due = sorted(due, key=lambda change: change.kind)
        for (kind, names), same in groupby(due, key=lambda c: (c.kind, tuple(c.row))):
            yield self._statement(kind, names), [_bound(change.row) for change in same]

    def _statement(self, kind: str, names: tuple[str, ...]) -> Executable:
        values: dict[Any, Any] = {self.table.c[name]: bindparam(f"to_{name}") for name in names}
        if kind == "add":
            return insert(self.table).prefix_with("OR REPLACE").values(values)
        keys = {column: values.pop(column) for column in self.table.primary_key}
        here = [column == value for column, value in keys.items()]
        if kind == "gone":
            return delete(self.table).where(*here)
        return update(self.table).where(*here).values(values)


def _bound(row: Row) -> Row:
    return {f"to_{name}": value for name, value in row.items()}


class Past:
    """`at` brings it forward to a moment; it never goes back."""

    def __init__(self, parts: Iterable[Told]) -> None:
        self.engine = _in_memory()
        self.sessions: sessionmaker[Session] = session_factory(self.engine)
        self._parts = list(parts)
        _lenient().create_all(self.engine)

    def at(self, moment: datetime) -> None:
        with self.engine.begin() as connection:
            for part in self._parts:
                for statement, rows in part.until(moment):
                    connection.execute(statement, rows)

    def forget(self) -> None:
        self.engine.dispose()


@cache
def _lenient() -> MetaData:
    """The tables without what must be unique, where only the past writes: what is not kept of a
    row is as of today, and may for a while be what another row was then.
    """
    made = MetaData()
    for table in metadata.sorted_tables:
        copy = table.to_metadata(made)
        if table.name not in WRITTEN:
            copy.constraints -= {one for one in copy.constraints if _is_unique(one)}
            for index in copy.indexes:
                index.unique = False
    return made


def _is_unique(constraint: object) -> bool:
    return isinstance(constraint, UniqueConstraint)


def _in_memory() -> Engine:
    """Without foreign keys: a row may be known before what it refers to."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
