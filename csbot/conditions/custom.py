"""Fields of a team's own: texts, numbers and flags in an account's JSON."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, String, and_, case, cast, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from csbot.conditions.frame import Frame
from csbot.conditions.kinds import Field, Kind

PREFIX = "account.custom."
LONGEST = 100
DIGITS = 300  # PostgreSQL ends the whole look at a number that its floats cannot hold


def custom(name: str) -> Field | None:
    """The field `account.custom.<name>`, whatever the name; None where it is no such field."""
    own = name.removeprefix(PREFIX)
    if own == name or not 1 <= len(own) <= LONGEST or set(own) & set('"\\\0'):
        return None
    what = f"The account's own field `{own}`: a text, a number, or true or false."
    return Field(Kind.CUSTOM, what, lambda frame: _typed(frame, own), "gold")


class json_kind(GenericFunction[str]):
    type = String()
    inherit_cache = True


class json_text(GenericFunction[str]):
    type = String()
    inherit_cache = True


@compiles(json_kind)
def _kind(element: json_kind, compiler: Any, **how: Any) -> str:
    column, path, _ = (compiler.process(part, **how) for part in element.clauses)
    return f"json_type({column}, {path})"


@compiles(json_kind, "postgresql")
def _kind_there(element: json_kind, compiler: Any, **how: Any) -> str:
    column, _, key = (compiler.process(part, **how) for part in element.clauses)
    return f"json_typeof({column} -> {key})"


@compiles(json_text)
def _text(element: json_text, compiler: Any, **how: Any) -> str:
    column, path, _ = (compiler.process(part, **how) for part in element.clauses)
    return f"json_extract({column}, {path})"


@compiles(json_text, "postgresql")
def _text_there(element: json_text, compiler: Any, **how: Any) -> str:
    column, _, key = (compiler.process(part, **how) for part in element.clauses)
    return f"({column} ->> {key})"


def _typed(frame: Frame, name: str) -> Callable[[type], ColumnElement[Any]]:
    """The value as a text, a number or a flag, NULL where it is something else."""
    # SQLite compares with the key as it is spelt in the column: é is \u00e9 there.
    parts = (frame.account.custom, literal(f"$.{json.dumps(name)}"), literal(name))
    kind, value = json_kind(*parts), json_text(*parts)

    def typed(wanted: type) -> ColumnElement[Any]:
        if wanted is str:
            return case((kind.in_(("text", "string")), value))
        if wanted is float:
            number = kind.in_(("integer", "real", "number")), func.length(value) <= DIGITS
            return case((and_(*number), cast(value, Float)))
        is_true = case((kind == "boolean", value), else_=kind)
        return case((kind.in_(("true", "false", "boolean")), cast(is_true == "true", Boolean)))

    return typed
