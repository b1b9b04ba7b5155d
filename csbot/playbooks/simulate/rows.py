"""The past of ordinary tables: rows known from a time on, with columns that were otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from csbot.playbooks.simulate.past import Change, Row, Tape
from csbot.playbooks.simulate.trail import Reader, Step, Trail, steps_of

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """How the past of a table is kept.

    `learned` is the column that says since when a row is known; without one it always was.
    `noun` is what the audit log calls a row. `dated` has, for a column with a moment, what is
    true of the row until then.
    """

    table: Any
    learned: str | None = "created_at"
    noun: str = ""
    dated: Mapping[str, Row] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, Reader]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()  # what is told elsewhere

    @property
    def rows(self) -> Table:
        made: Table = self.table.__table__
        return made


def tape_of(
    session: Session,
    kept: Kept,
    trail: Trail,
    since: datetime,
    more: Mapping[int, list[Step]] | None = None,
) -> Tape:
    """`more` are steps that other tables know of, by id."""
    tape = Tape(kept.rows)
    for found in session.execute(select(kept.rows)).mappings():
        row = dict(found)
        key = kept.noun, row.get("id", 0)
        steps = steps_of(trail.entries.get(key, ()), kept.rows, kept.aliases)
        steps += (more or {}).get(row.get("id", 0), [])
        known = trail.learned.get(key) or (row[kept.learned] if kept.learned else ALWAYS)
        tape.changes += told(row, known or ALWAYS, steps, kept, since)
    return tape.sorted()


def told(
    row: Row, known: datetime, steps: Iterable[Step], kept: Kept, since: datetime
) -> list[Change]:
    """A row as it became known, and everything that became of it after `since`."""
    start = max(known, since)
    later = sorted((step for step in steps if step.at > start), key=lambda step: step.at)
    later += _dated(row, kept, start)
    first: Row = {}
    for step in sorted(later, key=lambda step: step.at):
        first = {**step.before, **first}
    was = row | first | dict.fromkeys(kept.hidden)
    changes = [Change(known, "add", was)]
    keys = [column.name for column in kept.rows.primary_key]
    return changes + [
        Change(step.at, "set", {key: row[key] for key in keys} | step.after) for step in later
    ]


def _dated(row: Row, kept: Kept, start: datetime) -> list[Step]:
    return [
        Step(row[column], dict(until), {name: row[name] for name in until})
        for column, until in kept.dated.items()
        if row[column] is not None and row[column] > start
    ]
