"""What has become of a playbook's runs, and how many of them reached what they are for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, false, func, or_, select
from sqlalchemy.orm import Session

from csbot.playbooks import versions
from csbot.playbooks.model import PlaybookRun
from csbot.shares import Share


@dataclass(frozen=True)
class Results:
    """Of the runs `started` since some day. `reached` counts the goals of all of them.

    `goal` counts only runs whose time for the goal is up, whatever became of them: those that
    have reached it early say nothing of those that still may. It has nothing to count in a
    playbook without a goal.
    """

    started: int
    under_way: int
    finished: int
    exited: int
    stopped: int
    reached: int
    goal: Share

    @property
    def share(self) -> float | None:
        return self.goal.share

    @property
    def low(self) -> float:
        return self.goal.bounds[0]

    @property
    def high(self) -> float:
        return self.goal.bounds[1]


def results(session: Session, name: str, since: datetime, now: datetime) -> Results:
    """Those of one playbook, on whatever versions of its file they ran; `since` is counted."""
    reached, judged = PlaybookRun.goal_at.is_not(None), _judged(session, name, now)
    query = select(
        func.count(),
        *(_sum(PlaybookRun.state == state) for state in ("finished", "exited", "stopped")),
        _sum(reached),
        _sum(reached & judged),
        _sum(judged),
    ).where(PlaybookRun.playbook == name, PlaybookRun.started_at.between(since, now))
    started, finished, exited, stopped, arrived, part, whole = session.execute(query).one()
    under_way = started - finished - exited - stopped
    return Results(started, under_way, finished, exited, stopped, arrived, goal=Share(part, whole))


def _judged(session: Session, name: str, now: datetime) -> ColumnElement[bool]:
    """That the time a run has for its goal is up, by the version that it is on."""
    goals = {version.id: version.definition.goal for version in versions.under_way(session, [name])}
    over = [
        (PlaybookRun.version_id == id) & (PlaybookRun.started_at <= now - goal.within.length)
        for id, goal in goals.items()
        if goal is not None
    ]
    return or_(false(), *over)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """How many rows fulfil it; 0 where there are none at all."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
