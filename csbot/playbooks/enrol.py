"""Starts runs for whatever a playbook's trigger sees, and lets go of those without a cause."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    delete,
    literal,
    null,
    select,
    tuple_,
    update,
)

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import ALWAYS
from csbot.db.base import UTCDateTime
from csbot.db.rows import insert
from csbot.playbooks import runs
from csbot.playbooks.causes import cause_of, new
from csbot.playbooks.definition import Recheck
from csbot.playbooks.model import Playbook, PlaybookMember, PlaybookRun
from csbot.playbooks.program import Program, condition_of
from csbot.playbooks.reach import accounts_that
from csbot.playbooks.store import Force


def causes(scope: Scope, force: Force) -> list[Any]:
    """Whatever a playbook is to start for now and has no run of: all of it, in one query."""
    trigger = force.definition.trigger
    if trigger.by_hand:
        return []
    if trigger.entering is not None or trigger.leaving is not None:
        return _crossings(scope, force)
    if isinstance(force.definition.enrol, Recheck):
        _may_start_anew(scope, force, force.definition.enrol)
    return list(scope.session.execute(new(scope, force, cause_of(scope, force))))


def begin(scope: Scope, force: Force, found: Sequence[Any]) -> int:
    """Start runs for these causes, some of which another worker may have seen too."""
    if not found:
        return 0
    if isinstance(found[0], Crossing):
        return _cross(scope, force, found)
    first = Program.of(force.definition).first
    rows = [
        {
            "playbook": force.name, "version_id": force.version_id, "account_id": row.account_id,
            "contact_id": row.contact_id, "subject": row.subject, "subject_id": row.subject_id,
            "facts": row.facts, "state": "active", "step": first, "due_at": scope.now,
            "started_at": scope.now,
        }
        for row in found
    ]  # fmt: skip
    statement = insert(scope.session, PlaybookRun).on_conflict_do_nothing()
    made = scope.session.execute(
        statement.returning(PlaybookRun.id, PlaybookRun.account_id), rows
    ).all()
    title = force.definition.title
    runs.record(scope, "playbook.started", [(row.id, row.account_id, title) for row in made])
    return len(made)


def _may_start_anew(scope: Scope, force: Force, enrol: Recheck) -> None:
    """After its time the same cause counts anew, once the run before has ended."""
    scope.session.execute(
        update(PlaybookRun)
        .where(
            PlaybookRun.playbook == force.name,
            PlaybookRun.over_at.is_(None),
            PlaybookRun.state.not_in(runs.GOING),
            PlaybookRun.started_at <= scope.now - enrol.recheck.length,
            scope.within(PlaybookRun.account_id),
        )
        .values(over_at=scope.now),
        execution_options={"synchronize_session": False},
    )


def causeless(scope: Scope, force: Force) -> list[Any]:
    """Runs whose cause is not there any more; one that somebody started needs none."""
    trigger = force.definition.trigger
    if trigger.event is not None or trigger.by_hand or trigger.leaving is not None:
        return []
    query = (
        select(
            PlaybookRun.id, PlaybookRun.account_id, PlaybookRun.playbook, PlaybookRun.state
        )
        .where(
            PlaybookRun.playbook == force.name,
            PlaybookRun.over_at.is_(None),
            PlaybookRun.subject.not_like("by hand:%"),
            PlaybookRun.subject.not_like("from:%"),
            ~_still(scope, force),
            scope.within(PlaybookRun.account_id),
        )
        .order_by(PlaybookRun.id)
    )  # fmt: skip
    return list(scope.session.execute(query))


def let_go(scope: Scope, force: Force, found: Sequence[Any]) -> int:
    """Their cause may start a new run when it returns; those under way end, if the file says so.

    Returns how many ended.
    """
    ids = [row.id for row in found]
    exits = force.definition.exit_with_cause
    ended = runs.end(scope, ids if exits else [], state="exited", because="its cause went away")
    over = update(PlaybookRun).where(among(scope.session, PlaybookRun.id, ids))
    if not exits:
        over = over.where(PlaybookRun.state.not_in(runs.GOING))
    scope.session.execute(
        over.values(over_at=scope.now), execution_options={"synchronize_session": False}
    )
    return ended


def _still(scope: Scope, force: Force) -> ColumnElement[bool]:
    """That a run's cause holds."""
    trigger = force.definition.trigger
    if trigger.entering is not None:
        condition = condition_of(force.definition, trigger.entering) or ALWAYS
        return PlaybookRun.account_id.in_(accounts_that(scope, condition))
    found = cause_of(scope, force).subquery("found")
    return tuple_(PlaybookRun.account_id, PlaybookRun.subject).in_(
        select(found.c.account_id, found.c.subject)
    )


class Crossing(NamedTuple):
    """An account that begins, or ceases, to fulfil the condition that a playbook watches."""

    account_id: int
    inward: bool


def _crossings(scope: Scope, force: Force) -> list[Any]:
    """Those that fulfil it when a version comes into force have not begun to: they are counted
    once, and start nothing.
    """
    trigger = force.definition.trigger
    said = trigger.entering if trigger.entering is not None else trigger.leaving
    inside = accounts_that(scope, condition_of(force.definition, said) or ALWAYS)
    if force.baseline_id != force.version_id:
        _count_members(scope, force, inside)
        return []
    members = select(PlaybookMember.account_id).where(PlaybookMember.playbook == force.name)
    come = inside.where(Account.id.not_in(members)).order_by(Account.id)
    gone = members.where(
        PlaybookMember.account_id.not_in(inside), scope.within(PlaybookMember.account_id)
    ).order_by(PlaybookMember.account_id)
    entered, left = list(scope.session.scalars(come)), list(scope.session.scalars(gone))
    return [*(Crossing(id, True) for id in entered), *(Crossing(id, False) for id in left)]


def _cross(scope: Scope, force: Force, found: Sequence[Crossing]) -> int:
    """Only what this worker has noted as crossing starts a run: another may have been first."""
    entered = _enter(scope, force, [one.account_id for one in found if one.inward])
    left = _depart(scope, force, [one.account_id for one in found if not one.inward])
    wanted = entered if force.definition.trigger.entering is not None else left
    if not wanted:
        return 0
    fit = scope.session.execute(new(scope, force, _those(scope, wanted))).all()
    return begin(scope, force, fit)


def _enter(scope: Scope, force: Force, ids: list[int]) -> list[int]:
    if not ids:
        return []
    made = insert(scope.session, PlaybookMember).on_conflict_do_nothing()
    rows = [{"playbook": force.name, "account_id": id} for id in ids]
    return list(scope.session.scalars(made.returning(PlaybookMember.account_id), rows))


def _depart(scope: Scope, force: Force, ids: list[int]) -> list[int]:
    gone = delete(PlaybookMember).where(
        PlaybookMember.playbook == force.name, among(scope.session, PlaybookMember.account_id, ids)
    )
    return list(scope.session.scalars(gone.returning(PlaybookMember.account_id))) if ids else []


def _those(scope: Scope, ids: list[int]) -> Select[Any]:
    """Accounts, as a trigger sees them; each crossing is a cause of its own."""
    return select(
        Account.id.label("account_id"),
        null().cast(Integer).label("contact_id"),
        literal(f"crossed:{scope.now.isoformat()}").label("subject"),
        null().cast(Integer).label("subject_id"),
        literal(scope.now, UTCDateTime()).label("at"),
    ).where(among(scope.session, Account.id, ids))


def _count_members(scope: Scope, force: Force, inside: Select[Any]) -> None:
    scope.session.execute(delete(PlaybookMember).where(PlaybookMember.playbook == force.name))
    rows = inside.with_only_columns(literal(force.name), Account.id)
    names = ["playbook", "account_id"]
    scope.session.execute(insert(scope.session, PlaybookMember).from_select(names, rows))
    scope.session.execute(
        update(Playbook).where(Playbook.name == force.name).values(baseline_id=force.version_id)
    )
