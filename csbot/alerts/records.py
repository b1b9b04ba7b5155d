"""What became of alerts like one: how often people said that they were real."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from csbot.alerts.model import Alert, AlertVerdict
from csbot.alerts.watching import library
from csbot.playbooks.model import Playbook, PlaybookVersion

USEFUL = "useful"
LIKE_IN = timedelta(days=180)
LEAST = 5  # judged ones, before a share means anything


class Judged(NamedTuple):
    """Of `judged` alerts, `real` were called useful by at least half of those who said anything."""

    real: int
    judged: int


def verdicts(*conditions: ColumnElement[bool]) -> Subquery:
    """One row for each alert that somebody has judged, and whether it was real."""
    useful = func.avg(case((AlertVerdict.verdict == USEFUL, 1.0), else_=0.0))
    return (
        select(AlertVerdict.alert_id, case((useful >= 0.5, 1), else_=0).label("real"))
        .where(*conditions)
        .group_by(AlertVerdict.alert_id)
        .subquery()
    )


def like(session: Session, playbooks: Collection[str], now: datetime) -> dict[str, Judged]:
    """Of the alerts of each playbook that closed lately; left out while too few are judged."""
    judged = verdicts()
    query: Select[*tuple[Any, ...]] = (
        select(Alert.playbook, func.sum(judged.c.real), func.count())
        .join(judged, judged.c.alert_id == Alert.id)
        .where(Alert.playbook.in_(playbooks), Alert.closed_at > now - LIKE_IN)
        .group_by(Alert.playbook)
        .having(func.count() >= LEAST)
    )
    return {name: Judged(int(real), count) for name, real, count in session.execute(query)}


def titles(session: Session, playbooks: Collection[str]) -> dict[str, str]:
    """What playbooks are called; those of csbot's library also before they are read in."""
    query = (
        select(Playbook.name, PlaybookVersion.definition["title"].as_string())
        .join(PlaybookVersion, PlaybookVersion.id == Playbook.version_id)
        .where(Playbook.name.in_(playbooks))
    )
    known = {one.name: one.title for one in library()}
    return known | {name: title for name, title in session.execute(query) if title}
