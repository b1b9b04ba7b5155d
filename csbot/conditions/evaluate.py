"""Conditions over values in memory: what the SQL is checked against, and what a simulation asks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from csbot.conditions.grammar import All, Any_, Condition, Not, Test
from csbot.conditions.sql import COMPARE
from csbot.conditions.text import fold

A_DAY = timedelta(days=1)


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether `values`, by field, fulfil a condition; a field that is left out is not known.

    Lengths of time are timedeltas, sets are collections of texts.
    """
    match condition:
        case Test(field, operator, wanted):
            return _test(operator, wanted, _known(values.get(field)))
        case Not(part):
            return not holds(part, values)
        case All(parts):
            return all(holds(part, values) for part in parts)
        case Any_(parts):
            return any(holds(part, values) for part in parts)


def _known(value: Any) -> Any:
    """A blank text is not known."""
    if isinstance(value, str):
        return fold(value) or None
    if isinstance(value, bool | timedelta) or value is None:
        return value
    return {fold(one) for one in value} if _is_set(value) else float(value)


def _is_set(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _test(operator: str, wanted: Any, actual: Any) -> bool:
    if operator == "known":
        return (actual is not None) is wanted
    several = wanted if isinstance(wanted, tuple) else (wanted,)
    if not isinstance(actual, set | type(several[0])):
        return False
    if isinstance(actual, set):
        return actual.isdisjoint(several) is (operator == "has_not")
    if operator in ("is_not", "not_in"):
        return actual not in several
    if isinstance(actual, timedelta) and operator == "is":
        return bool(wanted <= actual < wanted + A_DAY)
    return actual in several if operator == "in" else bool(COMPARE[operator](actual, wanted))
