"""What a field can hold, what may be asked of it, and how a file writes what it is asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from csbot.conditions.text import fold
from csbot.playbooks.durations import Duration

if TYPE_CHECKING:
    from csbot.conditions.frame import Frame

MOST_LISTED, LONGEST_TEXT, GREATEST = 100, 200, 10**13


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DAYS = "days"
    FLAG = "flag"
    SET = "set"
    CUSTOM = "custom"


_NUMBERS = ("is", "at_least", "at_most", "above", "below", "known")
_TEXTS = ("is", "is_not", "in", "not_in", "known")
OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: _TEXTS,
    Kind.NUMBER: _NUMBERS,
    Kind.DAYS: _NUMBERS,
    Kind.FLAG: ("is", "known"),
    Kind.SET: ("has", "has_any", "has_not"),
    Kind.CUSTOM: (*_TEXTS, *_NUMBERS[1:-1]),
}
LISTS = ("in", "not_in", "has_any")


@dataclass(frozen=True)
class Field:
    """`sql` is what the field is worth in a frame, None where the frame has no such row.

    Of DAYS it is a date or a moment, which `ago` says is counted back from now instead of ahead.
    Of a SET it is a function: from folded texts to whether any of them is in the set.
    Where `known` does not hold nothing is known of a SET; else it is wherever its row is there.
    A TEXT that csbot alone writes is one of `values`.
    Of CUSTOM it is a function, too: from `str`, `float` or `bool` to the value if it is one.
    """

    kind: Kind
    what: str
    sql: "Callable[[Frame], Any]"
    example: str
    ago: bool = False
    known: "Callable[[Frame], Any] | None" = None
    values: tuple[str, ...] = ()

    def read(self, operator: str, value: object) -> Any:
        """The value that an operator is asked with, in the field's own type.

        Raises ValueError that says the mend.
        """
        if operator == "known":
            return _flag(value)
        one = READ[self.kind]
        if self.kind is Kind.CUSTOM and operator in _NUMBERS[1:]:
            one = _number
        if operator not in LISTS:
            return one(value)
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_LISTED:
            raise ValueError(f"needs a list of 1 to {MOST_LISTED} after `{operator}`")
        made = tuple(one(item) for item in value)
        if len({type(item) for item in made}) > 1:
            raise ValueError("mixes texts and numbers; make them all one or the other")
        return made


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value: object) -> str:
    """Folded; a bare number is meant as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (read := fold(value)):
        raise ValueError("must be a text; write it in quotes if it looks like something else")
    if len(read) > LONGEST_TEXT or "\0" in read:
        raise ValueError(f"must be a plain text of at most {LONGEST_TEXT} characters")
    return read


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number like 50 or 99.5")
    if not math.isfinite(value) or abs(value) > GREATEST or round(value, 2) != value:
        raise ValueError("must be a number with at most two decimals")
    return float(value)


def _days(value: object) -> timedelta:
    if not isinstance(value, str):
        raise ValueError("must be a time like `90 days` or `2 hours`")
    made = Duration.of(value)
    if made.working:
        raise ValueError("counts calendar time only; leave `working` out")
    return made.length


def _custom(value: object) -> str | float | bool:
    """Texts compare with texts, numbers with numbers, true and false with themselves."""
    if isinstance(value, bool):
        return value
    return _number(value) if isinstance(value, int | float) else _text(value)


READ: dict[Kind, Callable[[object], Any]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DAYS: _days,
    Kind.FLAG: _flag,
    Kind.SET: _text,
    Kind.CUSTOM: _custom,
}
