"""Thousands of ids as one bound value, so that a flood takes no more statements than one alert."""

import json
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Integer, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

Ids = Iterable[int]
BATCH = 5_000  # messages in memory at once
T = TypeVar("T")


def among(
    session: Session, column: ColumnElement[Any] | InstrumentedAttribute[Any], ids: Ids
) -> ColumnElement[bool]:
    """`column` is one of `ids`, however many they are."""
    wanted = list(ids)
    if len(wanted) == 1:
        return column == wanted[0]
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(wanted, ARRAY(Integer)))
    values = func.json_each(literal(json.dumps(wanted))).table_valued("value")
    return column.in_(select(values.c.value))


def batches(items: Collection[T]) -> Iterator[list[T]]:
    """A flood in parts, so that its memory does not grow with it."""
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part
