"""Starts runs: for whatever a playbook's trigger sees and no run knows of yet. One statement."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.alerts.among import among, dialect_of
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import ALWAYS, Condition
from csbot.conditions.sql import Frame, where
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.db.rows import insert, insert_missing
from csbot.playbooks import runs
from csbot.playbooks.definition import Limit, Recheck
from csbot.playbooks.model import Playbook, PlaybookMember, PlaybookRun
from csbot.playbooks.program import Program, condition_of
from csbot.playbooks.reach import SUBJECTS, accounts_that, silent, subject_of
from csbot.playbooks.store import Force
from csbot.playbooks.triggers import TRIGGERS, Look

SLICE = 500  # runs that begin in one transaction
BACK = timedelta(days=7)  # what an event tells later than this is no news any more
FIRST_LOOK = timedelta(days=1)  # and before the playbook was there, later than this
Cause = Any


def enrol(scope: Scope, force: Force) -> int:
    """Start at most SLICE runs; returns how many, so that the caller knows whether to go on."""
    trigger = force.definition.trigger
    if trigger.by_hand:
        return 0
    if trigger.entering is not None or trigger.leaving is not None:
        return _by_membership(scope, force)
    if isinstance(force.definition.enrol, Recheck):
        _may_start_anew(scope, force, force.definition.enrol)
    return _start(scope, force, cause_of(scope, force))


def cause_of(scope: Scope, force: Force) -> Select[Any]:
    """What an event or a detector sees now."""
    said = force.definition.trigger
    trigger = TRIGGERS[said.event or said.detector or ""]
    since = max(force.on_since or scope.now - FIRST_LOOK, scope.now - BACK)
    look = Look.of(
        scope.session,
        trigger.parameters(**said.parameters),
        since=since,
        settings=scope.settings,
        now=scope.now,
        team=scope.team,
    )
    return trigger.select(look)


def _start(scope: Scope, force: Force, cause: Select[Any]) -> int:
    found = cause.subquery("found")
    names = ["playbook", "version_id", "account_id", "contact_id", "subject", "subject_id",
             "facts", "state", "step", "due_at", "started_at"]  # fmt: skip
    statement = insert(scope.session, PlaybookRun).from_select(names, _new(scope, force, found))
    made = statement.on_conflict_do_nothing().returning(PlaybookRun.id, PlaybookRun.account_id)
    rows = scope.session.execute(made).all()
    title = force.definition.title
    runs.record(scope, "playbook.started", [(row.id, row.account_id, title) for row in rows])
    return len(rows)


def _new(scope: Scope, force: Force, found: Cause) -> Select[Any]:
    """The rows of the new runs."""
    now = literal(scope.now, UTCDateTime())
    facts = {name: found.c[name] for name in found.c.keys() if name not in PLAIN}  # noqa: SIM118
    fit = _fit(scope, force, found, facts)
    return (
        select(
            literal(force.name), literal(force.version_id), fit.c.account_id, fit.c.contact_id,
            fit.c.subject, fit.c.subject_id, _as_json(scope, fit, facts), literal("active"),
            literal(Program.of(force.definition).first), now, now,
        )
        .where(fit.c.nth <= _room(scope, force, fit))
        .order_by(fit.c.at, fit.c.account_id, fit.c.subject)
        .limit(SLICE)
    )  # fmt: skip


PLAIN = {"account_id", "contact_id", "subject", "subject_id", "at"}


def _fit(scope: Scope, force: Force, found: Cause, facts: dict[str, Any]) -> Cause:
    """Of what the trigger sees, what fits the filter and the entry and has no run yet."""
    part = subject_of(force.definition)
    subject: dict[str, Any] = {part: SUBJECTS[part]} if part else {}
    frame = Frame(
        now=scope.now,
        account=Account,
        contact=Contact,
        facts={f"trigger.{name}": column for name, column in facts.items()},
        silent=silent(scope),
        **subject,
    )
    definition = force.definition
    conditions = [where(_of(force, said), frame) for said in (definition.filter, definition.entry)]
    holds = exists().where(
        PlaybookRun.playbook == force.name,
        PlaybookRun.account_id == found.c.account_id,
        PlaybookRun.subject == found.c.subject,
        PlaybookRun.over_at.is_(None),
    )
    alike = (found.c.account_id, found.c.contact_id if _is_event(force) else found.c.subject)
    nth = func.row_number().over(partition_by=alike, order_by=found.c.at)
    query = (
        select(*found.c, nth.label("nth"))
        .join(Account, Account.id == found.c.account_id)
        .outerjoin(Contact, Contact.id == found.c.contact_id)
        .where(*conditions, ~holds, scope.within(found.c.account_id))
    )
    for table in subject.values():
        query = query.outerjoin(table, table.id == found.c.subject_id)
    return query.subquery("fit")


def _of(force: Force, said: dict[str, Any]) -> Condition:
    return condition_of(force.definition, said) or ALWAYS


def _is_event(force: Force) -> bool:
    return force.definition.trigger.event is not None


def _room(scope: Scope, force: Force, fit: Cause) -> ColumnElement[Any]:
    """How many more runs the limit allows; of an event counted for its account and contact."""
    enrol = force.definition.enrol
    if enrol == "always" or isinstance(enrol, Recheck):
        return literal(SLICE)
    limit = enrol if isinstance(enrol, Limit) else Limit(at_most=1)
    earlier = aliased(PlaybookRun)
    same: ColumnElement[bool] = earlier.subject == fit.c.subject
    if _is_event(force):
        same = or_(
            earlier.contact_id == fit.c.contact_id,
            and_(earlier.contact_id.is_(None), fit.c.contact_id.is_(None)),
        )
    counted = select(func.count()).where(
        earlier.playbook == force.name, earlier.account_id == fit.c.account_id, same
    )
    if limit.per is not None:
        counted = counted.where(earlier.started_at > scope.now - limit.per.length)
    return literal(limit.at_most) - counted.scalar_subquery()


def _as_json(scope: Scope, fit: Cause, facts: dict[str, Any]) -> ColumnElement[Any]:
    """What the trigger saw, as the run keeps it; `_at` is when it happened."""
    parts = [part for name in facts for part in (literal(name), fit.c[name])]
    postgres = dialect_of(scope.session) == "postgresql"
    make = func.json_build_object if postgres else func.json_object
    return type_coerce(make(*parts), JSON)


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


def leave(scope: Scope, force: Force) -> int:
    """Runs whose cause is not there any more: those under way end, if the file says so.

    At most SLICE in one call; returns how many.
    """
    trigger = force.definition.trigger
    if trigger.event is not None or trigger.by_hand or trigger.leaving is not None:
        return 0
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
        .limit(SLICE)
        .with_for_update()
    )  # fmt: skip
    found = scope.session.execute(query).all()
    going = [row for row in found if row.state in runs.GOING and force.definition.exit_with_cause]
    runs.end(scope, going, state="exited", because="its cause went away", over=True)
    ended = [row.id for row in found if row.state not in runs.GOING]
    scope.session.execute(
        update(PlaybookRun)
        .where(among(scope.session, PlaybookRun.id, ended))
        .values(over_at=scope.now),
        execution_options={"synchronize_session": False},
    )
    return len(going) + len(ended)


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


def _by_membership(scope: Scope, force: Force) -> int:
    """Start a run for accounts that begin, or cease, to fulfil a condition.

    Those that fulfil it when a version comes into force have not begun to: they are counted once,
    and start nothing.
    """
    trigger = force.definition.trigger
    said = trigger.entering if trigger.entering is not None else trigger.leaving
    inside = accounts_that(scope, condition_of(force.definition, said) or ALWAYS)
    members = select(PlaybookMember.account_id).where(PlaybookMember.playbook == force.name)
    if force.baseline_id != force.version_id:
        _count_members(scope, force, inside)
        return 0
    come = inside.where(Account.id.not_in(members)).order_by(Account.id).limit(SLICE)
    gone = members.where(
        PlaybookMember.account_id.not_in(inside), scope.within(PlaybookMember.account_id)
    ).limit(SLICE)
    entered = list(scope.session.scalars(come))
    left = list(scope.session.scalars(gone))
    _start(scope, force, _those(scope, entered if trigger.entering is not None else left))
    _note_members(scope, force, entered, left)
    return len(entered) + len(left)


def _those(scope: Scope, ids: list[int]) -> Select[Any]:
    """Accounts, as a trigger sees them; what they cross is one cause each time."""
    subject = "" if not ids else f"crossed:{scope.now.isoformat()}"
    return select(
        Account.id.label("account_id"),
        null().cast(Integer).label("contact_id"),
        literal(subject).label("subject"),
        null().cast(Integer).label("subject_id"),
        literal(scope.now, UTCDateTime()).label("at"),
    ).where(among(scope.session, Account.id, ids))


def _note_members(scope: Scope, force: Force, entered: list[int], left: list[int]) -> None:
    if entered:
        rows = [{"playbook": force.name, "account_id": id} for id in entered]
        insert_missing(scope.session, PlaybookMember, rows)
    scope.session.execute(
        delete(PlaybookMember).where(
            PlaybookMember.playbook == force.name,
            among(scope.session, PlaybookMember.account_id, left),
        )
    )


def _count_members(scope: Scope, force: Force, inside: Select[Any]) -> None:
    scope.session.execute(delete(PlaybookMember).where(PlaybookMember.playbook == force.name))
    rows = inside.with_only_columns(literal(force.name), Account.id)
    names = ["playbook", "account_id"]
    scope.session.execute(insert(scope.session, PlaybookMember).from_select(names, rows))
    scope.session.execute(
        update(Playbook).where(Playbook.name == force.name).values(baseline_id=force.version_id)
    )
