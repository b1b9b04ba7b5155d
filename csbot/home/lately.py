"""The last things that somebody did here, and that csbot did for their accounts."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from csbot.access import May
from csbot.accounts.model import Account
from csbot.accounts.timeline import words
from csbot.audit import AuditEntry
from csbot.home.sight import Sight
from csbot.undoing.table import WAYS
from messages.home_parts import Done
from messages.timeline import IMPORTS

SHOWN = 5
LOOKED_AT = 60  # an act may have many entries
RECENT = timedelta(days=14)


def lately(sight: Sight) -> dict[str, Any]:
    """One line for each act, the newest first; the newest of their own can be taken back."""
    if not sight.may(May.EDIT_ACCOUNTS):
        return {"did": None}
    own, itself = _newest(sight, own=True), _newest(sight, own=False)
    acts = sorted(own + itself, key=lambda act: (act[0][0].at, act[0][0].id), reverse=True)
    undoable = _undoable(sight, own[0]) if own else None
    shown = [_done(act, undoable) for act in acts[:SHOWN]]
    return {"did": tuple(shown)}


Act = list[tuple[AuditEntry, str | None]]


def _newest(sight: Sight, *, own: bool) -> list[Act]:
    """Entries of the same instant are one act; its first entry says what it was."""
    acts: dict[Any, Act] = {}
    for entry, account in sight.session.execute(_entries(sight, own=own)):
        acts.setdefault(entry.at, []).append((entry, account))
    return [sorted(act, key=lambda row: row[0].id) for act in acts.values()][:SHOWN]


def _entries(sight: Sight, *, own: bool) -> Select[AuditEntry, str | None]:
    query = select(AuditEntry, Account.name).outerjoin(Account, Account.id == AuditEntry.account_id)
    me = sight.person.id
    if own:
        query = query.where(AuditEntry.by_id == me)
    else:
        query = query.where(
            AuditEntry.by_id.is_(None), Account.owner_id == me, AuditEntry.verb.not_in(IMPORTS)
        )
    query = query.where(AuditEntry.at > sight.now - RECENT)
    return query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(LOOKED_AT)


def _undoable(sight: Sight, act: Act) -> int | None:
    """The first entry of the act, if all of it can go back and still may."""
    entries = [entry for entry, _ in act]
    minutes = timedelta(minutes=sight.settings.config.thresholds.undo_minutes)
    fresh = sight.now - entries[0].at < minutes
    ways = [WAYS.get(entry.verb) for entry in entries]
    may = all(way is not None and sight.may(way.may) for way in ways)
    return entries[0].id if fresh and may and not _undoes(entries) else None


def _undoes(entries: Sequence[AuditEntry]) -> bool:
    return any(entry.undoes_id is not None for entry in entries)


def _done(act: Act, undoable: int | None) -> Done:
    entry, account = act[0]
    several = len({one.account_id for one, _ in act}) > 1
    return Done(
        at=entry.at,
        what=words(entry) if not several else f"{words(entry)}, and the like for others",
        account=account,
        account_id=entry.account_id,
        by_itself=entry.by_id is None,
        entry_id=undoable if entry.id == undoable else None,
    )
