"""Runs whose account has changed under them: that are to end, have arrived, or may go on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.playbooks import runs
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.program import Instruction, condition_of
from csbot.playbooks.reach import runs_that
from csbot.playbooks.versions import Version


def leaving(scope: Scope, version: Version) -> list[Any]:
    """Runs of a version whose exit criteria hold."""
    condition = condition_of(version.definition, version.definition.exit)
    if condition is None:
        return []
    query = select(PlaybookRun.id).where(
        PlaybookRun.version_id == version.id,
        PlaybookRun.state.in_(runs.GOING),
        PlaybookRun.id.in_(runs_that(scope, version.definition, condition)),
    )
    return list(scope.session.scalars(query.order_by(PlaybookRun.id)))


def leave(scope: Scope, found: Sequence[Any]) -> int:
    """They end here, whatever they wait for."""
    return runs.end(scope, found, state="exited", because="its exit criteria hold")


def arriving(scope: Scope, version: Version) -> list[Any]:
    """Runs that have reached what they are for, within its time."""
    goal = version.definition.goal
    condition = condition_of(version.definition, goal.condition) if goal else None
    if goal is None or condition is None:
        return []
    query = select(PlaybookRun.id, PlaybookRun.account_id).where(
        PlaybookRun.version_id == version.id,
        PlaybookRun.goal_at.is_(None),
        PlaybookRun.started_at > scope.now - goal.within.length,
        PlaybookRun.id.in_(runs_that(scope, version.definition, condition)),
    )
    return list(scope.session.execute(query.order_by(PlaybookRun.id)))


def arrive(scope: Scope, version: Version, found: Sequence[Any]) -> int:
    """It is noted, and ends nothing."""
    new = _set(scope, [row.id for row in found], PlaybookRun.goal_at.is_(None), goal_at=scope.now)
    title = version.definition.title
    told = [(row.id, row.account_id, title) for row in found if row.id in new]
    runs.record(scope, "playbook.goal", told)
    return len(told)


def patient(scope: Scope, version: Version) -> list[Any]:
    """Runs that have waited long enough, or for what has come."""
    return [
        id
        for instruction in version.program.instructions.values()
        if instruction.step.wait and instruction.step.wait.until is not None
        for id in _waited(scope, version, instruction)
    ]


def _waited(scope: Scope, version: Version, instruction: Instruction) -> list[int]:
    wait = instruction.step.wait
    condition = condition_of(version.definition, wait.until if wait else None)
    if condition is None:
        return []
    query = select(PlaybookRun.id).where(
        PlaybookRun.version_id == version.id,
        PlaybookRun.state == "active",
        PlaybookRun.step == instruction.name,
        PlaybookRun.due_at.is_(None),
        or_(
            PlaybookRun.wait_until <= scope.now,
            PlaybookRun.id.in_(runs_that(scope, version.definition, condition)),
        ),
    )
    return list(scope.session.scalars(query.order_by(PlaybookRun.id)))


def go_on(scope: Scope, found: Sequence[Any]) -> int:
    waiting = and_(PlaybookRun.state == "active", PlaybookRun.due_at.is_(None))
    return len(_set(scope, found, waiting, due_at=scope.now))


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
