"""Conditions as one SQL predicate. Values are bound, never written into the statement.

What is not known fulfils nothing, so each test is true or false before any `not` is applied.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from math import ceil, floor
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Float,
    String,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)

from csbot.conditions.fields import FIELDS, Field, Kind, custom
from csbot.conditions.frame import Frame
from csbot.conditions.grammar import All, Any_, Condition, Not, Test
from csbot.conditions.text import folded
from csbot.db.base import Money, UTCDateTime

__all__ = ["Frame", "facts_of", "where"]

Predicate = ColumnElement[bool]
DAY = timedelta(days=1)
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "is": operator.eq,
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}
BACKWARDS = {"at_least": "at_most", "at_most": "at_least", "above": "below", "below": "above"}


def where(condition: Condition, frame: Frame) -> Predicate:
    """That the rows of a frame fulfil a condition: true or false, never NULL."""
    match condition:
        case Test():
            return func.coalesce(_test(condition, frame), false())
        case Not(part):
            return not_(where(part, frame))
        case All(parts):
            return and_(true(), *(where(part, frame) for part in parts))
        case Any_(parts):
            return or_(false(), *(where(part, frame) for part in parts))


def facts_of(facts: Any, fields: Mapping[str, Field]) -> dict[str, ColumnElement[Any]]:
    """For a frame over runs: each of a trigger's facts out of the JSON column that keeps them."""
    read = {
        Kind.TEXT: lambda part: part.as_string(),
        Kind.NUMBER: lambda part: part.as_float(),
        Kind.FLAG: lambda part: part.as_boolean(),
    }
    return {
        name: read[field.kind](facts[name.removeprefix("trigger.")])
        for name, field in fields.items()
    }


def _test(test: Test, frame: Frame) -> Any:
    if test.field in frame.facts:
        fact = frame.facts[test.field]
        return _asked(test, folded(fact) if isinstance(fact.type, String) else fact)
    field = FIELDS.get(test.field) or custom(test.field)
    value = field.sql(frame) if field else None
    if field is None or value is None:  # as of a row that is not there
        return literal(test.operator == "known" and not test.value)
    match field.kind:
        case Kind.SET:
            return _member(test, field, value, frame)
        case Kind.CUSTOM:
            return _custom(test, value)
        case Kind.DAYS if test.operator != "known":
            return _moment(test, value, field, frame)
        case Kind.TEXT:
            return _asked(test, folded(value))
        case _:
            return _asked(test, value)


def _asked(test: Test, column: Any) -> Any:
    value = test.value
    match test.operator:
        case "known":
            known = column.is_not(None)
            return known if value else not_(known)
        case "is" if isinstance(value, bool):
            return column if value else not_(column)
        case "is_not":
            return not_(_asked(Test(test.field, "is", value), column))
        case "in":
            return column.in_([_bound(column, one) for one in value])
        case "not_in":
            return column.not_in([_bound(column, one) for one in value])
        case _:
            return COMPARE[test.operator](column, _bound(column, value))


def _bound(column: Any, value: Any) -> Any:
    if isinstance(value, float):
        return literal(value, Money() if isinstance(column.type, Money) else Float())
    return literal(value)


def _member(
    test: Test, field: Field, has_any: Callable[[tuple[str, ...]], Predicate], frame: Frame
) -> Predicate:
    """Of a row that is not there nothing is known, not even what it has not."""
    found = has_any(test.value if isinstance(test.value, tuple) else (test.value,))
    known = field.known(frame) if field.known else frame.part(test.field).id.is_not(None)
    return and_(known, not_(found) if test.operator == "has_not" else found)


def _custom(test: Test, typed: Callable[[type], Any]) -> Any:
    """Compared only with values of the same type; others are not known by it."""
    if test.operator == "known":
        kinds = (folded(typed(str)), typed(float), typed(bool))
        known = or_(*(column.is_not(None) for column in kinds))
        return known if test.value else not_(known)
    kind = type(test.value[0] if isinstance(test.value, tuple) else test.value)
    column = typed(kind)
    return _asked(test, folded(column) if kind is str else column)


def _moment(test: Test, at: Any, field: Field, frame: Frame) -> Any:
    """How far away it is, asked of the moment itself. `is` goes for a whole day from there on."""
    if test.operator == "is":
        from_, until = test.value, test.value + DAY
        several = (("at_least", from_), ("below", until))
        return and_(*(_away(name, length, at, field, frame) for name, length in several))
    return _away(test.operator, test.value, at, field, frame)


def _away(name: str, length: timedelta, at: Any, field: Field, frame: Frame) -> Any:
    """Back in time less is more. A date is whole days away."""
    compare = COMPARE[BACKWARDS[name] if field.ago else name]
    if isinstance(at.type, Date):
        days = DAY * (ceil if name in ("at_least", "below") else floor)(length / DAY)
        return compare(at, literal(frame.today - days if field.ago else frame.today + days, Date()))
    moment = frame.now - length if field.ago else frame.now + length
    return compare(at, literal(moment, UTCDateTime()))
