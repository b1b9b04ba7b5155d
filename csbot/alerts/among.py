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
BATCH = 5_000  # messages in memory at once
TABLE: Any = Alert.__table__
T = TypeVar("T")


def among(session: Session, column: Column, ids: Ids) -> ColumnElement[bool]:
    """`column` is one of `ids`, however many they are."""
    wanted = list(ids)
    if len(wanted) == 1:
        return column == wanted[0]
    return _is_one_of(session, column, bindparam(None, _bound(session, wanted)))


def put(session: Session, names: Collection[str], to: Mapping[tuple[Any, ...], Ids]) -> None:
    """Give these columns of many alerts these values: one statement, as often as values differ."""
    if not to:
        return
    statement = (
        update(TABLE)
        .where(_is_one_of(session, TABLE.c.id, bindparam("ids")))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    rows = [
        {f"to_{name}": value for name, value in zip(names, values, strict=True)}
        | {"ids": _bound(session, list(ids))}
        for values, ids in to.items()
    ]
    session.connection().execute(statement, rows)


def _is_one_of(session: Session, column: Column, ids: BindParameter[Any]) -> ColumnElement[bool]:
    if _is_postgresql(session):
        return column == any_(ids.cast(ARRAY(Integer)))
    return column.in_(select(func.json_each(ids).table_valued("value").c.value))


def _bound(session: Session, ids: list[int]) -> list[int] | str:
    return ids if _is_postgresql(session) else json.dumps(ids)


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def batches(items: Collection[T]) -> Iterator[list[T]]:
    """A flood in parts, so that its memory does not grow with it."""
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part
