"""Many rows at once: a constant number of statements for each chunk of a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from csbot.audit import AuditEntry

CHUNK = 1000
Row = dict[str, Any]
T = TypeVar("T")


def chunks(items: Sequence[T], step: Callable[[int], None]) -> Iterator[Sequence[T]]:
    """Slices of the items, the progress told after each."""
    for start in range(0, len(items), CHUNK):
        part = items[start : start + CHUNK]
        yield part
        step(len(part))


def insert_rows(session: Session, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        session.execute(insert(table), list(rows))


def insert_returning(session: Session, table: Table, rows: Sequence[Row]) -> list[int]:
    """The new ids in the order of the rows."""
    if not rows:
        return []
    if session.get_bind().dialect.name == "sqlite":
        return _insert_numbered(session, table, rows)
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, list(rows)))


def _insert_numbered(session: Session, table: Table, rows: Sequence[Row]) -> list[int]:
    """SQLite gives ids back one row at a time; its only writer may as well choose them."""
    last = session.scalar(select(func.max(table.c.id))) or 0
    ids = [last + i for i in range(1, len(rows) + 1)]
    insert_rows(session, table, [{"id": i} | row for i, row in zip(ids, rows, strict=True)])
    return ids


def update_rows(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Rows by their `id`; all must have the same columns."""
    if not rows:
        return
    columns = [name for name in rows[0] if name != "id"]
    statement = (
        update(table)
        .where(table.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
    connection = session.connection()
    connection.execute(
        statement,
        [{"row_id": row["id"], **{f"new_{name}": row[name] for name in columns}} for row in rows],
    )


def table_of(model: Any) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101
    return table


def record_all(session: Session, entries: Sequence[Row]) -> None:
    """Audit rows like `csbot.audit.record` writes one."""
    insert_rows(session, table_of(AuditEntry), entries)


def plain(values: Mapping[str, Any]) -> Row:
    """Values as JSON holds them, for the audit log."""
    return {
        name: value if isinstance(value, str | int | bool | list | dict | None) else str(value)
        for name, value in values.items()
    }
