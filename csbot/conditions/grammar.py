"""Conditions as data: what a file may say about an account, and the tree that it becomes.

A condition is a mapping. `all`, `any` and `not` hold conditions; every other key is a field with a
value ("is") or with operators. Several keys of one mapping must all hold:

    account.segment: [enterprise, mid-market]
    account.arr: {at_least: 50000}
    any:
      - account.health: {below: 50}
      - account.tags: {has: beta}

What is not known fulfils nothing but `known: false`, and so fulfils the `not` of everything else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from csbot.conditions.fields import FIELDS, OPERATORS, Field, Kind, custom
from csbot.meant import did_you_mean

Path = tuple[str | int, ...]
DEEPEST, MOST = 8, 60  # levels, and tests in one condition


class Unfit(Exception):
    """A condition that cannot be read: where in it, and the mend."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path, self.reason = path, reason


@dataclass(frozen=True)
class Test:
    """One field against one value; `value` has the field's own type."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Any_:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Test | All | Any_ | Not
ALWAYS = All(())


def parse(said: object, facts: Mapping[str, Field] | None = None) -> Condition:
    """The tree of a condition; `facts` are the trigger's own fields beside those of FIELDS.

    Raises Unfit.
    """
    made = _mapping(said, {**FIELDS, **(facts or {})}, ())
    if sum(1 for _ in tests(made)) > MOST:
        raise Unfit((), f"has more than {MOST} tests; make two playbooks of it")
    return made


def tests(condition: Condition) -> Iterator[Test]:
    """Every test in a tree, from left to right."""
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from tests(part)
        case All(parts) | Any_(parts):
            for part in parts:
                yield from tests(part)


def _mapping(said: object, fields: Mapping[str, Field], path: Path) -> Condition:
    if not isinstance(said, dict):
        raise Unfit(path, "must be a mapping like `account.health: {below: 50}`")
    if len(path) > DEEPEST:
        raise Unfit(path, f"is nested deeper than {DEEPEST} levels")
    parts = [part for key, value in said.items() for part in _entry(key, value, fields, path)]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _entry(key: object, value: object, fields: Mapping[str, Field], path: Path) -> list[Condition]:
    here = (*path, str(key))
    if key in ("all", "any"):
        inner = tuple(_mapping(part, fields, (*here, at)) for at, part in _listed(value, here))
        return [All(inner) if key == "all" else Any_(inner)]
    if key == "not":
        return [Not(_mapping(value, fields, here))]
    field = fields.get(str(key)) or custom(str(key))
    if field is None:
        raise Unfit(here, f"there is no field `{key}`{did_you_mean(str(key), fields)}")
    return list(_tests(str(key), field, value, here))


def _listed(value: object, path: Path) -> Iterator[tuple[int, object]]:
    if not isinstance(value, list) or not value:
        raise Unfit(path, "must be a list of conditions")
    yield from enumerate(value)


def _tests(name: str, field: Field, value: object, path: Path) -> Iterator[Test]:
    if isinstance(value, dict):
        if not value:
            raise Unfit(path, "needs a value")
        for operator, operand in value.items():
            yield Test(name, str(operator), _operand(field, str(operator), operand, path))
    elif isinstance(value, list):
        operator = "has_any" if field.kind is Kind.SET else "in"
        yield Test(name, operator, _operand(field, operator, value, path))
    else:
        operator = "has" if field.kind is Kind.SET else "is"
        yield Test(name, operator, _operand(field, operator, value, path))


def _operand(field: Field, operator: str, value: object, path: Path) -> Any:
    allowed = OPERATORS[field.kind]
    if operator not in allowed:
        hint = did_you_mean(operator, allowed) or f"; there are: {', '.join(allowed)}"
        raise Unfit((*path, operator), f"there is no operator `{operator}` for {field.kind}{hint}")
    try:
        return field.read(operator, value)
    except ValueError as wrong:
        raise Unfit(path, str(wrong)) from None
