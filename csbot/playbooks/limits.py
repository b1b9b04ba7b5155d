"""How often a playbook may start: counted when a look finds its causes, and again when runs begin.

Between the two another worker, a person or a playbook may have started one.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import aliased

from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.playbooks.definition import Limit, Recheck
from csbot.playbooks.model import Playbook, PlaybookRun
from csbot.playbooks.store import Force

T = TypeVar("T")
Key = tuple[Any, ...]


def limit_of(force: Force) -> Limit | None:
    enrol = force.definition.enrol
    if enrol == "once":
        return Limit(at_most=1)
    if isinstance(enrol, Recheck):  # also when its cause went away for a while
        return Limit(at_most=1, per=enrol.recheck)
    return enrol if isinstance(enrol, Limit) else None


def same_cause(force: Force) -> str:
    """What of a cause is counted: of a detector what it saw, or else whom it concerns."""
    return "subject" if force.definition.trigger.detector else "contact_id"


def room(scope: Scope, force: Force, fit: Any) -> ColumnElement[Any]:
    """How many more runs the limit allows for a row's account and cause."""
    limit = limit_of(force)
    if limit is None:
        return fit.c.nth  # type: ignore[no-any-return]
    earlier, cause = aliased(PlaybookRun), same_cause(force)
    counted = select(func.count()).where(
        earlier.playbook == force.name,
        earlier.account_id == fit.c.account_id,
        getattr(earlier, cause).is_not_distinct_from(fit.c[cause]),
        *_counts(scope, force, earlier, limit),
    )
    return literal(limit.at_most) - counted.scalar_subquery()


def within(scope: Scope, force: Force, found: Sequence[T], *, cause: str | None = None) -> list[T]:
    """Those of these causes that the limit allows still; from here on nobody else starts any."""
    limit = limit_of(force)
    if limit is None or not found:
        return list(found)
    scope.session.execute(
        select(Playbook.name).where(Playbook.name == force.name).with_for_update()
    )
    cause = cause or same_cause(force)
    counted = _counted(scope, force, limit, cause, {row.account_id for row in found})  # type: ignore[attr-defined]
    kept = []
    for row in found:
        key = row.account_id, getattr(row, cause)  # type: ignore[attr-defined]
        counted[key] += 1
        if counted[key] <= limit.at_most:
            kept.append(row)
    return kept


def _counted(
    scope: Scope, force: Force, limit: Limit, cause: str, accounts: set[int]
) -> Counter[Key]:
    run = PlaybookRun
    query = (
        select(run.account_id, getattr(run, cause), func.count())
        .where(
            run.playbook == force.name,
            among(scope.session, run.account_id, accounts),
            *_counts(scope, force, run, limit),
        )
        .group_by(run.account_id, getattr(run, cause))
    )
    return Counter({(account, same): n for account, same, n in scope.session.execute(query)})


def _counts(scope: Scope, force: Force, run: Any, limit: Limit) -> list[ColumnElement[bool]]:
    """An event is over only where it was taken back, or by a look again after the limit's time."""
    lately = [] if limit.per is None else [run.started_at > scope.now - limit.per.length]
    stands = [run.over_at.is_(None)] if force.definition.trigger.event else []
    return lately + stands
