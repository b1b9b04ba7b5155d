"""Starts runs for whatever a playbook's trigger sees, and lets go of those without a cause."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
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
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.db.rows import insert
from csbot.playbooks import limits, runs
from csbot.playbooks.causes import ask_for, cause_of, new
from csbot.playbooks.definition import Recheck
from csbot.playbooks.model import Playbook, PlaybookMember, PlaybookRun
from csbot.playbooks.prepared import Those, ids_of
from csbot.playbooks.program import condition_of
from csbot.playbooks.reach import accounts_that
from csbot.playbooks.store import Force, definitions


def causes(scope: Scope, force: Force) -> list[Any]:
    """Whatever a playbook is to start for now and has no run of: all of it, in one query."""
    trigger = force.definition.trigger
    if trigger.by_hand:
        return []
    if trigger.entering is not None or trigger.leaving is not None:
        return _crossings(scope, force)
    return [*ask_for(scope, force, "causes", lambda: new(scope, force, cause_of(scope, force)))]


def begin(scope: Scope, force: Force, found: Sequence[Any]) -> int:
    """Start runs for these causes, as far as that still is to be done."""
    if not found:
        return 0
    if isinstance(found[0], Crossing):
        return _cross(scope, force, found)
    rows = [
        runs.row(scope, force, row.account_id, row.contact_id, row.subject)
        | {"subject_id": row.subject_id, "facts": row.facts}
        for row in limits.within(scope, force, _there(scope, found))
    ]
    if not rows:
        return 0
    statement = insert(scope.session, PlaybookRun).on_conflict_do_nothing()
    made = scope.session.execute(
        statement.returning(PlaybookRun.id, PlaybookRun.account_id), rows
    ).all()
    title = force.definition.title
    runs.record(scope, "playbook.started", [(row.id, row.account_id, title) for row in made])
    return len(made)


def _there(scope: Scope, found: Sequence[Any]) -> list[Any]:
    """Those whose account and contact have not been deleted meanwhile, nor will be until then."""
    accounts = _kept(scope, Account, {row.account_id for row in found})
    contacts = _kept(scope, Contact, {row.contact_id for row in found} - {None}) | {None}
    return [row for row in found if row.account_id in accounts and row.contact_id in contacts]


def _kept(scope: Scope, table: Any, ids: set[int]) -> set[int | None]:
    if not ids:
        return set()
    query = select(table.id).where(among(scope.session, table.id, ids)).order_by(table.id)
    return set(scope.session.scalars(query.with_for_update(read=True, key_share=True)))


def ended_long_ago(scope: Scope, force: Force) -> list[Any]:
    """Runs after which the same cause may count anew, where the file has it looked at again."""
    enrol = force.definition.enrol
    if not isinstance(enrol, Recheck):
        return []
    length = enrol.recheck.length
    return ids_of(ask_for(scope, force, "ended", lambda: _ended(scope, force, length)))


def _ended(scope: Scope, force: Force, ago: timedelta) -> Those:
    query = select(PlaybookRun.id).where(
        PlaybookRun.playbook == force.name,
        PlaybookRun.over_at.is_(None),
        PlaybookRun.state.not_in(runs.GOING),
        PlaybookRun.started_at <= scope.now - ago,
        scope.within(PlaybookRun.account_id),
    )
    return query.order_by(PlaybookRun.id)


def forget(scope: Scope, found: Sequence[int]) -> int:
    """Their cause may start a run again; it is no end, they have ended."""
    runs.over(scope, found)
    return 0


def causeless(scope: Scope, force: Force) -> list[Any]:
    """Runs whose cause is not there any more; one that somebody started needs none."""
    trigger = force.definition.trigger
    if trigger.event is not None or trigger.by_hand or trigger.leaving is not None:
        return []
    if force.name not in scope.once("not over", lambda: _not_over(scope)):
        return []
    return [*ask_for(scope, force, "causeless", lambda: _causeless(scope, force))]


def _causeless(scope: Scope, force: Force) -> Those:
    return (
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


def _not_over(scope: Scope) -> set[str]:
    """The playbooks with runs whose cause still counts: of most there is nothing to ask."""
    query = select(PlaybookRun.playbook).where(PlaybookRun.over_at.is_(None)).distinct()
    return set(scope.session.scalars(query))


def let_go(scope: Scope, force: Force, found: Sequence[Any]) -> int:
    """Their cause may start a new run when it returns; those under way end, if the file says so.

    Returns how many ended.
    """
    ids = [row.id for row in found]
    exits = force.definition.exit_with_cause
    ended = runs.end(scope, ids if exits else [], state="exited", because="its cause went away")
    runs.over(scope, ids)
    return ended


def _still(scope: Scope, force: Force) -> ColumnElement[bool]:
    """That a run's cause holds."""
    trigger = force.definition.trigger
    if trigger.entering is not None:
        condition = condition_of(force.definition, trigger.entering) or ALWAYS
        return PlaybookRun.account_id.in_(accounts_that(scope, condition))
    found = cause_of(scope, force)
    return tuple_(PlaybookRun.account_id, PlaybookRun.subject).in_(
        select(found.c.account_id, found.c.subject)
    )


class Crossing(NamedTuple):
    """An account that begins, or ceases, to fulfil the condition that a playbook watches."""

    account_id: int
    inward: bool


def _crossings(scope: Scope, force: Force) -> list[Any]:
    entered = ids_of(ask_for(scope, force, "come", lambda: _come(scope, force)))
    left = ids_of(ask_for(scope, force, "gone", lambda: _gone(scope, force)))
    return [*(Crossing(id, True) for id in entered), *(Crossing(id, False) for id in left)]


def _come(scope: Scope, force: Force) -> Those:
    inside = _inside(scope, force).where(Account.id.not_in(_known(force)))
    return inside.order_by(Account.id)


def _gone(scope: Scope, force: Force) -> Those:
    return (
        _known(force)
        .where(
            PlaybookMember.account_id.not_in(_inside(scope, force)),
            scope.within(PlaybookMember.account_id),
        )
        .order_by(PlaybookMember.account_id)
    )


def _known(force: Force) -> Those:
    return select(PlaybookMember.account_id).where(PlaybookMember.playbook == force.name)


def _cross(scope: Scope, force: Force, found: Sequence[Crossing]) -> int:
    """Only what this worker has noted as crossing starts a run: another may have been first."""
    entered = _enter(scope, force, [one.account_id for one in found if one.inward])
    left = _depart(scope, force, [one.account_id for one in found if not one.inward])
    wanted = entered if force.definition.trigger.entering is not None else left
    if not wanted:
        return 0
    fit = scope.session.execute(new(scope, force, _those(scope, wanted).subquery("found"))).all()
    return begin(scope, force, fit)


def _enter(scope: Scope, force: Force, ids: list[int]) -> list[int]:
    if not ids:
        return []
    here = select(literal(force.name), Account.id).where(among(scope.session, Account.id, ids))
    return list(scope.session.scalars(_members(scope, here).returning(PlaybookMember.account_id)))


def _depart(scope: Scope, force: Force, ids: list[int]) -> list[int]:
    gone = delete(PlaybookMember).where(
        PlaybookMember.playbook == force.name, among(scope.session, PlaybookMember.account_id, ids)
    )
    return list(scope.session.scalars(gone.returning(PlaybookMember.account_id))) if ids else []


def _those(scope: Scope, ids: list[int]) -> Those:
    """Accounts, as a trigger sees them; each crossing is a cause of its own."""
    return select(
        Account.id.label("account_id"),
        null().cast(Integer).label("contact_id"),
        literal(f"crossed:{scope.now.isoformat()}").label("subject"),
        null().cast(Integer).label("subject_id"),
        literal(scope.now, UTCDateTime()).label("at"),
    ).where(among(scope.session, Account.id, ids))


def is_uncounted(force: Force) -> bool:
    """That it watches a condition whose members are not known since this version is in force."""
    trigger = force.definition.trigger
    watches = trigger.entering is not None or trigger.leaving is not None
    return watches and force.baseline_id != force.version_id


def count_members(scope: Scope, force: Force) -> int:
    """Those that fulfil the condition when a version comes into force have not begun to.

    They are counted once, by whoever is first, and start nothing; not where a version watches
    what the one before it did.
    """
    counted = (
        update(Playbook)
        .where(
            Playbook.name == force.name,
            Playbook.baseline_id.is_not_distinct_from(force.baseline_id),
        )
        .values(baseline_id=force.version_id)
    )
    if scope.session.execute(counted.returning(Playbook.name)).first() is None:
        return 0
    known = definitions(scope.session, [force.baseline_id or 0]).get(force.baseline_id or 0)
    if known is not None and known.trigger == force.definition.trigger:
        return 0
    scope.session.execute(delete(PlaybookMember).where(PlaybookMember.playbook == force.name))
    inside = _inside(scope, force).with_only_columns(literal(force.name), Account.id)
    scope.session.execute(_members(scope, inside))
    return 0


def _inside(scope: Scope, force: Force) -> Those:
    trigger = force.definition.trigger
    said = trigger.entering if trigger.entering is not None else trigger.leaving
    return accounts_that(scope, condition_of(force.definition, said) or ALWAYS)


def _members(scope: Scope, those: Those) -> Any:
    made = insert(scope.session, PlaybookMember).from_select(["playbook", "account_id"], those)
    return made.on_conflict_do_nothing()
