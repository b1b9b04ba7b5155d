"""What the audit log says that rows were before, and since when csbot has known them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Date, DateTime, Integer, Select, Table, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from csbot.audit import AuditEntry
from csbot.db.base import Money
from csbot.playbooks.simulate.past import Row

ADDED = {
    "contact.imported", "usage.contact_added", "feedback.imported", "feedback.recorded",
    "revenue.imported", "checkin.logged", "ticket.opened", "usage.milestone",
}  # fmt: skip
FROM_BLANK = {"usage.account_changed", "renewal.next_step"}  # what `before` leaves out was empty
UNKNOWN = object()


@dataclass(frozen=True)
class Step:
    """One change of one row: columns with what they were and what they became."""

    at: datetime
    before: Row
    after: Row


@dataclass
class Trail:
    """By noun and id: steps in order, and when csbot learned of the row."""

    steps: dict[tuple[str, int], list[Step]] = field(default_factory=lambda: defaultdict(list))
    learned: dict[tuple[str, int], datetime] = field(default_factory=dict)
    entries: dict[tuple[str, int], list[Any]] = field(default_factory=lambda: defaultdict(list))


def read(session: Session, nouns: Iterable[str], since: datetime) -> Trail:
    """Of all rows of these nouns at once; `since` is where the replay begins."""
    trail = Trail()
    for entry in session.execute(_query(sorted(nouns), since)):
        noun, _, id = entry.subject.partition(":")
        if not id.isdecimal():
            continue
        key = noun, int(id)
        if entry.verb in ADDED:
            trail.learned.setdefault(key, entry.at)
        if entry.at > since or noun == "payment":
            trail.entries[key].append(entry)
    return trail


def _query(nouns: list[str], since: datetime) -> Select[Any]:
    mine = or_(*(AuditEntry.subject.startswith(f"{noun}:") for noun in nouns))
    told = or_(
        AuditEntry.at > since, AuditEntry.verb.in_(ADDED), AuditEntry.subject.startswith("payment:")
    )
    columns = AuditEntry.at, AuditEntry.verb, AuditEntry.subject, AuditEntry.before
    return (
        select(*columns, AuditEntry.after).where(mine, told).order_by(AuditEntry.at, AuditEntry.id)
    )


Reader = Callable[[Any], Any]


def steps_of(
    entries: Iterable[Any], table: Table, aliases: Mapping[str, tuple[str, Reader]]
) -> list[Step]:
    """What audit entries of one row say of its columns; other words of theirs are left out."""
    steps = []
    for entry in entries:
        if entry.before is None and entry.verb not in FROM_BLANK:
            continue
        after = _columns(entry.after or {}, table, aliases)
        before = _columns(entry.before or {}, table, aliases)
        names = after.keys() if entry.verb in FROM_BLANK else after.keys() & before.keys()
        if names:
            steps.append(
                Step(
                    entry.at,
                    {name: before.get(name) for name in names},
                    {name: after[name] for name in names},
                )
            )
    return steps


def _columns(said: Row, table: Table, aliases: Mapping[str, tuple[str, Reader]]) -> Row:
    found: Row = {}
    for word, value in said.items():
        name, read = aliases.get(word, (word, None))
        if name not in table.c or name == "id":
            continue
        made = read(value) if read else typed(table.c[name].type, value)
        if made is not UNKNOWN:
            found[name] = made
    return found


def typed(kind: Any, value: Any) -> Any:
    """A value of the log, which is JSON, as its column has it; UNKNOWN where it is not one."""
    if value is None:
        return None
    plain = kind.impl if isinstance(kind, TypeDecorator) and not isinstance(kind, Money) else kind
    try:
        return _read(plain, value)
    except (ValueError, TypeError, InvalidOperation):
        return UNKNOWN


def _read(kind: Any, value: Any) -> Any:
    if isinstance(kind, Money):
        return Decimal(str(value))
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return int(value) if isinstance(kind, Integer) and not isinstance(value, bool) else value
