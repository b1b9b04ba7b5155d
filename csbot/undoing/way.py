"""How one entry of the audit log is put back: what a way gets to see, and what it may raise."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May
from csbot.accounts.model import Account
from csbot.audit import TAKEN_BACK, AuditEntry
from csbot.db.base import Base
from csbot.errors import Refused
from csbot.find import account_by_id, by_id
from csbot.playbooks.simulate.trail import UNKNOWN, typed
from csbot.settings import Settings
from csbot.team.model import TeamMember

T = TypeVar("T", bound=Base)


class NotAsLeft(Exception):
    """What the entry changed has changed again, or is gone: nothing is put back."""


@dataclass(frozen=True)
class Change:
    """One entry of the log, in the transaction that takes it back."""

    session: Session
    entry: AuditEntry
    now: datetime
    settings: Settings

    @property
    def before(self) -> dict[str, Any]:
        return self.entry.before or {}

    @property
    def after(self) -> dict[str, Any]:
        return self.entry.after or {}

    @property
    def number(self) -> int:
        """The number in a subject like task:12."""
        return int(self.entry.subject.rpartition(":")[2])

    def account(self) -> Account:
        return account_by_id(self.session, self.entry.account_id or 0, lock=True)

    def row(self, model: type[T]) -> T:
        """The row that the entry is about, locked; NotAsLeft when it is gone."""
        try:
            return by_id(self.session, model, self.number, missing="", lock=True)
        except Refused:
            raise NotAsLeft from None


@dataclass(frozen=True)
class Back(Change):
    """One of somebody's last act, which they take back."""

    by: TeamMember


@dataclass(frozen=True)
class Way:
    """Who may go it, and how: `go` says how things are then, in a sentence or not at all."""

    may: May
    go: Callable[[Back], str]


def reverse(
    entry: AuditEntry, by: TeamMember | None, now: datetime, why: str | None
) -> dict[str, object]:
    """The change the other way round; the log takes only one of them for each entry."""
    made = audit.entry(
        verb=f"{TAKEN_BACK}{entry.verb}", subject=entry.subject, account=entry.account_id,
        by=by.id if by else None, now=now, before=entry.after, after=entry.before,
        why=why or entry.why,
    )  # fmt: skip
    return made | {"undoes_id": entry.id}


def same(now: object, left: object) -> None:
    if now != left:
        raise NotAsLeft


def put_back(back: Change, row: Base) -> None:
    """Every column that the entry's `before` names, if all are as the entry's `after` has them."""
    columns = type(row).__table__.c
    names = [name for name in back.before if name in columns and name in back.after]
    for name in names:
        same(getattr(row, name), _typed(columns[name].type, back.after[name]))
    for name in names:
        setattr(row, name, _typed(columns[name].type, back.before[name]))


def _typed(kind: Any, value: Any) -> Any:
    found = typed(kind, value)
    if found is UNKNOWN:
        raise NotAsLeft
    return found
