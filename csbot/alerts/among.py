"""Thousands of ids as one bound value, so that a flood takes no more statements than one alert."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Integer, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot.alerts.model import Alert

Ids = Iterable[int]
Column = ColumnElement[Any] | InstrumentedAttribute[Any]
EVERYTHING = 2**31 - 1  # for a limit that is bound
BATCH = 5_000  # messages in memory at once
TABLE: Any = Alert.__table__
T = TypeVar("T")


def among(session: Session, column: Column, ids: Ids) -> ColumnElement[bool]:
    """`column` is one of `ids`, however many they are."""
    wanted = list(ids)
    if len(wanted) == 1:
        return column == wanted[0]
    dialect = dialect_of(session)
    return is_one_of(dialect, column, bindparam(None, bound(dialect, wanted)))


def put(session: Session, names: Collection[str], to: Mapping[tuple[Any, ...], Ids]) -> None:
    """Give these columns of many alerts these values: one statement, as often as values differ."""
    if not to:
        return
    dialect = dialect_of(session)
    statement = (
        update(TABLE)
        .where(is_one_of(dialect, TABLE.c.id, bindparam("ids")))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    rows = [
        {f"to_{name}": value for name, value in zip(names, values, strict=True)}
        | {"ids": bound(dialect, ids)}
        for values, ids in to.items()
    ]
    session.connection().execute(statement, rows)


def dialect_of(session: Session) -> str:
    return session.get_bind().dialect.name


def is_one_of(dialect: str, column: Column, ids: BindParameter[Any]) -> ColumnElement[bool]:
    """As `among`, for a statement that is built once and run with what `bound` makes."""
    if dialect == "postgresql":
        return column == any_(ids.cast(ARRAY(Integer)))
    return column.in_(select(func.json_each(ids).table_valued("value").c.value))


def bound(dialect: str, ids: Ids) -> list[int] | str:
    return list(ids) if dialect == "postgresql" else json.dumps(list(ids))


def batches(items: Collection[T]) -> Iterator[list[T]]:
    """A flood in parts, so that its memory does not grow with it."""
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part
