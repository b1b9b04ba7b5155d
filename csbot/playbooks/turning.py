"""Runs whose account has changed under them: that are to end, have arrived, or may go on.

What a look finds may have changed by the time of its turn; what is done asks again what matters.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_, select, update

from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import Condition
from csbot.playbooks import runs
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.prepared import Rows, Those, ask, ids_of
from csbot.playbooks.reach import SUBJECTS, holding, runs_that, subject_of
from csbot.playbooks.versions import Version
from csbot.touches.model import Touch

GOING = PlaybookRun.state.in_(runs.GOING)
UNSENT = PlaybookRun.id.in_(select(Touch.run_id).where(Touch.state.in_(("draft", "approved"))))
Only = Callable[[], tuple[ColumnElement[bool], ...]]


def leaving(scope: Scope, version: Version) -> list[Any]:
    """Runs of a version whose exit criteria hold, also finished ones whose messages still wait."""
    if version.exit is None:
        return []
    # Each by its own index: asked for at once, all runs there ever were would be gone through.
    found = [
        *_that(scope, version, "going", version.exit, lambda: (GOING,)),
        *_that(scope, version, "finished", version.exit, lambda: (UNSENT, ~GOING)),
    ]
    return sorted(ids_of(found))


def _that(scope: Scope, version: Version, what: str, condition: Condition, only: Only) -> Rows:
    """Of the runs of a version those that fulfil a condition."""

    def build() -> Those:
        those = runs_that(scope, version.definition, condition)
        return those.query.where(PlaybookRun.version_id == version.id, *only(), those.hold)

    return ask(scope, version.definition, (what, version.id), build)


def leave(scope: Scope, found: Collection[int]) -> int:
    """They end here, whatever they wait for."""
    return runs.end(scope, found, state="exited", because="its exit criteria hold")


def leave_before(scope: Scope, version: Version, ids: Collection[int]) -> int:
    """End those of these whose exit criteria hold by now: a step before may have seen to that."""
    if version.exit is None:
        return 0
    return leave(scope, holding(scope, version.definition, ids, version.exit))


def leave_gone(scope: Scope, version: Version, ids: Collection[int]) -> int:
    """End those of these that are about a row which there is no more: nothing is left to do."""
    about = subject_of(version.definition)
    if about is None:
        return 0
    row = SUBJECTS[about]
    gone = select(PlaybookRun.id).where(
        among(scope.session, PlaybookRun.id, ids),
        PlaybookRun.subject_id.is_not(None),
        ~exists().where(row.id == PlaybookRun.subject_id),
    )
    found = scope.session.scalars(gone).all()
    return runs.end(scope, found, state="exited", because=f"the {about} it was about is gone")


def arriving(scope: Scope, version: Version) -> list[Any]:
    """Runs that have reached what they are for, within its time."""
    goal = version.definition.goal
    if goal is None or version.goal is None:
        return []
    within = goal.within.length

    def open_still() -> tuple[ColumnElement[bool], ...]:
        return PlaybookRun.goal_at.is_(None), PlaybookRun.started_at > scope.now - within

    return [*_that(scope, version, "goal", version.goal, open_still)]


def arrive(scope: Scope, version: Version, found: Sequence[Any]) -> int:
    """It is noted, and ends nothing."""
    new = _set(scope, [row.id for row in found], PlaybookRun.goal_at.is_(None), goal_at=scope.now)
    title = version.definition.title
    told = [(row.id, row.account_id, title) for row in found if row.id in new]
    runs.record(scope, "playbook.goal", told)
    return len(told)


class Waited(NamedTuple):
    """A run that has waited long enough at a step, or for what has come."""

    id: int
    step: str


def patient(scope: Scope, version: Version) -> list[Waited]:
    """Of all waits of a version."""
    return [Waited(id, step) for step in version.waits for id in _waited(scope, version, step)]


def _waited(scope: Scope, version: Version, step: str) -> list[int]:
    def build() -> Those:
        those = runs_that(scope, version.definition, version.waits[step])
        return those.query.where(
            PlaybookRun.version_id == version.id,
            _waiting_at(step),
            or_(PlaybookRun.wait_until <= scope.now, those.hold),
        )

    return ids_of(ask(scope, version.definition, ("wait", version.id, step), build))


def go_on(scope: Scope, found: Sequence[Waited]) -> int:
    """Those that still wait where they did: what a run waits for next is another thing."""
    return sum(
        len(_set(scope, ids, _waiting_at(step), due_at=scope.now))
        for step, ids in _by_step(found).items()
    )


def _by_step(found: Sequence[Waited]) -> dict[str, list[int]]:
    by_step: dict[str, list[int]] = {}
    for one in found:
        by_step.setdefault(one.step, []).append(one.id)
    return by_step


def _waiting_at(step: str) -> ColumnElement[bool]:
    return and_(
        PlaybookRun.state == "active", PlaybookRun.step == step, PlaybookRun.due_at.is_(None)
    )


def _set(scope: Scope, ids: Sequence[int], only: ColumnElement[bool], **values: Any) -> set[int]:
    """Change those of these runs for which it still holds; returns them."""
    changed = scope.session.scalars(
        update(PlaybookRun)
        .where(among(scope.session, PlaybookRun.id, ids), only)
        .values(**values)
        .returning(PlaybookRun.id),
        execution_options={"synchronize_session": False},
    )
    return set(changed)
