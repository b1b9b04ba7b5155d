"""Looks at all accounts, put together once a day instead of once a pass.

In Python that takes ten times as long as SQLite needs to find that there is nothing to do. Only the
moment changes from pass to pass: it is bound when a statement is run. Whatever else of the outside
stands in one, as the day in each zone, is the `World` that it was built in.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select

from csbot.alerts.among import dialect_of
from csbot.alerts.scope import Scope
from csbot.db.moment import Moment
from csbot.playbooks.definition import Definition
from csbot.playbooks.triggers.look import USAGE
from csbot.settings import Config
from csbot.sources import Word

REMEMBERED = 2_000
Those = Select[*tuple[Any, ...]]
Build = Callable[[], Those]
Rows = Sequence[Row[*tuple[Any, ...]]]


class World(NamedTuple):
    """All that statements are built from, besides their playbook, that is not a moment."""

    dialect: str
    config: Config
    days: tuple[Any, ...]
    silent: frozenset[str]
    heard: tuple[Any, ...]


class Prepared(NamedTuple):
    """`moments` are those in the statement, by the name of what is bound."""

    statement: Those
    moments: dict[str, timedelta]
    definition: Definition  # kept so that nothing else can have its id


Kept = dict[Hashable, Prepared]


class Shelf:
    """Of one world at a time: it changes at midnight, and with settings."""

    kept: tuple[World | None, Kept] = None, {}

    def of(self, world: World) -> Kept:
        here = self.kept
        if here[0] != world:
            here = self.kept = world, {}
        return here[1]


SHELF = Shelf()


def ask(scope: Scope, definition: Definition, key: tuple[Hashable, ...], build: Build) -> Rows:
    """What the statement finds; `key` is all that it depends on besides `definition` and world.

    Kept only for a look at all accounts at a moment that moves on.
    """
    if not isinstance(scope.now, Moment) or scope.accounts is not None:
        return scope.session.execute(build()).all()
    shelf = scope.once("prepared", lambda: SHELF.of(_world(scope)))
    whole = *key, id(definition)
    if whole not in shelf:
        return _first(scope, definition, shelf, whole, build())
    found = shelf[whole]
    values = {name: scope.now + shift for name, shift in found.moments.items()}
    return scope.session.execute(found.statement, values).all()


def ids_of(rows: Rows) -> list[int]:
    return [row[0] for row in rows]


def _first(
    scope: Scope, definition: Definition, shelf: Kept, key: Hashable, statement: Those
) -> Rows:
    """Runs it as it was built, which tells the names: to compile it for them costs a look twice."""
    found: Any = scope.session.execute(statement)
    [bound] = found.raw.context.compiled_parameters
    moments = {name: value.shift for name, value in bound.items() if isinstance(value, Moment)}
    if len(shelf) >= REMEMBERED:  # versions that follow each other in a day
        shelf.clear()
    shelf[key] = Prepared(statement, moments, definition)
    rows: Rows = found.all()
    return rows


def _world(scope: Scope) -> World:
    zones = scope.settings.env.csbot_timezone, *sorted(scope.dates().items(), key=str)
    days = scope.now.date(), zones
    return World(
        dialect_of(scope.session), scope.settings.config, days, silent(scope), _heard(scope)
    )


def _heard(scope: Scope) -> tuple[Any, ...]:
    """A silence moves moments back: their dates change at another time of day."""
    until, silence = word(scope)
    if silence is None or not isinstance(until, Moment):
        return None if isinstance(until, Moment) else until, silence
    began, ended = silence
    return silence, (scope.now - (ended - began)).date(), (scope.now - ended).days


def silent(scope: Scope) -> frozenset[str]:
    return frozenset(scope.heard.silent)


def word(scope: Scope) -> Word:
    """What is known of the product's silence."""
    return scope.heard.word_of(USAGE)
