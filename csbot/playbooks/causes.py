"""What a playbook is to start for: what its trigger sees, fits its filter and has no run yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal,
    select,
    type_coerce,
)

from csbot.accounts.model import Account
from csbot.alerts.among import dialect_of
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import ALWAYS, Condition
from csbot.conditions.sql import Frame, where
from csbot.contacts import Contact
from csbot.db.moment import Moment
from csbot.playbooks.limits import room, same_cause
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.prepared import Build, ask, silent, word
from csbot.playbooks.program import condition_of
from csbot.playbooks.reach import SUBJECTS, subject_of
from csbot.playbooks.runs import GOING
from csbot.playbooks.store import Force
from csbot.playbooks.triggers import TRIGGERS, Look
from csbot.playbooks.triggers.look import AGAIN, USAGE

BACK = timedelta(days=7)  # what an event tells later than this is no news any more
FIRST_LOOK = timedelta(days=1)  # and before the playbook was there, later than this
PLAIN = {"account_id", "contact_id", "subject", "subject_id", "at"}
Cause = Any


def cause_of(scope: Scope, force: Force) -> Cause:
    """What an event or a detector sees now: a subquery, put together once a pass."""
    return scope.once(f"cause {force.name}", lambda: _seen(scope, force).subquery("found"))


def _seen(scope: Scope, force: Force) -> Select[Any]:
    said = force.definition.trigger
    trigger = TRIGGERS[said.event or said.detector or ""]
    look = Look(
        scope.now,
        since(scope, force),
        trigger.parameters(**said.parameters),
        scope.settings,
        dialect_of(scope.session),
        {USAGE: word(scope)},
        scope.team,
    )
    return trigger.select(look)


def since(scope: Scope, force: Force) -> datetime:
    """From when on events count."""
    return max(force.on_since or scope.now - FIRST_LOOK, scope.now - BACK)


def ask_for(scope: Scope, force: Force, what: str, build: Build) -> Sequence[Any]:
    """What a statement about a playbook finds that is the same until its file changes."""
    begins = since(scope, force)
    moves = begins.shift if isinstance(begins, Moment) else begins
    key = what, force.name, force.version_id, moves
    return ask(scope, force.definition, key, build)


def new(scope: Scope, force: Force, found: Cause) -> Select[Any]:
    """The causes that are to start a run each, with what the trigger saw of them as `facts`."""
    facts = {name: found.c[name] for name in found.c.keys() if name not in PLAIN}  # noqa: SIM118
    fit = _fit(scope, force, found, facts)
    return (
        select(
            fit.c.account_id, fit.c.contact_id, fit.c.subject, fit.c.subject_id,
            _as_json(scope, fit, facts).label("facts"),
        )
        .where(fit.c.nth <= room(scope, force, fit))
        .order_by(fit.c.at, fit.c.account_id, fit.c.subject)
    )  # fmt: skip


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
        first_value=scope.settings.config.first_value,
        **subject,
    )
    definition = force.definition
    conditions = [where(_of(force, said), frame) for said in (definition.filter, definition.entry)]
    held = exists().where(
        PlaybookRun.playbook == force.name,
        PlaybookRun.account_id == found.c.account_id,
        PlaybookRun.over_at.is_(None),
    )
    holds = held.where(PlaybookRun.subject == found.c.subject)
    never_left = held.where(_back(scope, found))
    alike = (found.c.account_id, found.c[same_cause(force)])
    nth = func.row_number().over(partition_by=alike, order_by=(found.c.at, found.c.subject))
    query = (
        select(*found.c, nth.label("nth"))
        .join(Account, Account.id == found.c.account_id)
        .outerjoin(Contact, Contact.id == found.c.contact_id)
        .where(*conditions, ~holds, ~never_left, scope.within(found.c.account_id))
    )
    for table in subject.values():
        query = query.outerjoin(table, table.id == found.c.subject_id)
    return query.subquery("fit")


def _back(scope: Scope, found: Cause) -> ColumnElement[bool]:
    """That a run is under way still for what was away and is back."""
    place = func.strpos if dialect_of(scope.session) == "postgresql" else func.instr
    end = func.nullif(place(found.c.subject, AGAIN), 0) - 1
    same = func.substr(PlaybookRun.subject, 1, end) == func.substr(found.c.subject, 1, end)
    return and_(PlaybookRun.state.in_(GOING), same)


def _of(force: Force, said: dict[str, Any]) -> Condition:
    return condition_of(force.definition, said) or ALWAYS


def _as_json(scope: Scope, fit: Cause, facts: dict[str, Any]) -> ColumnElement[Any]:
    """What the trigger saw, as the run keeps it; `_at` is when it happened."""
    parts = [part for name in facts for part in (literal(name), fit.c[name])]
    postgres = dialect_of(scope.session) == "postgresql"
    make = func.json_build_object if postgres else func.json_object
    return type_coerce(make(*parts), JSON)
