"""Many rows at once: a constant number of statements for each chunk of a file."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

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
    """All with the same columns."""
    if not rows:
        return
    columns = [table.c[name] for name in rows[0]]
    # One prepared statement for all rows: a long list of VALUES takes psycopg twice the time.
    one = select(*(bindparam(column.name, type_=column.type) for column in columns))
    session.connection().execute(insert(table).from_select(columns, one), list(rows))


def insert_returning(session: Session, table: Table, rows: Sequence[Row]) -> list[int]:
    """The new ids in the order of the rows."""
    if not rows:
        return []
    ids = _free_ids(session, table, len(rows))
    insert_rows(session, table, [{"id": i} | row for i, row in zip(ids, rows, strict=True)])
    return ids


def _free_ids(session: Session, table: Table, count: int) -> list[int]:
    """From PostgreSQL's sequence; SQLite's only writer may choose them itself."""
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(table.c.id))) or 0
        return list(range(last + 1, last + count + 1))
    following = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
    series = func.generate_series(1, count).table_valued("place")
    return list(session.scalars(select(following).select_from(series)))


def held(query: Select[*tuple[Any, ...]], table: Table) -> Select[*tuple[Any, ...]]:
    """The query for rows that are to be written whole: nobody changes them between."""
    return query.order_by(table.c.id).with_for_update(key_share=True)


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
