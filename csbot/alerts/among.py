"""Thousands of ids as one bound value, so that a flood takes no more statements than one alert."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Integer, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

Ids = Iterable[int]


def among(
    session: Session, column: ColumnElement[Any] | InstrumentedAttribute[Any], ids: Ids
) -> ColumnElement[bool]:
    """`column` is one of `ids`, however many they are."""
    wanted = list(ids)
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(wanted, ARRAY(Integer)))
    values = func.json_each(literal(json.dumps(wanted))).table_valued("value")
    return column.in_(select(values.c.value))
