"""What became of alerts like one: how often people said that they were real."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    String,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from csbot.alerts.model import Alert, AlertVerdict
from csbot.alerts.watching import library
from csbot.db.base import UTCDateTime
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


class About(NamedTuple):
    """What a playbook is called; how often its alerts were real, once enough are judged."""

    title: str
    like: Judged | None


def about(session: Session, playbooks: Collection[str], now: datetime) -> dict[str, About]:
    """Of alerts that closed lately. csbot's library is known also before it is read in."""
    titles = {one.name: one.title for one in library() if one.name in playbooks}
    like: dict[str, Judged] = {}
    given = {"playbooks": list(playbooks), "since": now - LIKE_IN}
    for name, title, real, judged in session.connection().execute(_about(), given):
        if judged is None:
            titles[name] = title
        else:
            like[name] = Judged(int(real), judged)
    return {name: About(titles.get(name) or name, like.get(name)) for name in playbooks}


@cache
def _about() -> CompoundSelect[*tuple[Any, ...]]:
    # Built once, and as one: somebody's press waits for it.
    names = bindparam("playbooks", type_=String(), expanding=True)
    since = bindparam("since", type_=UTCDateTime())
    alert, judged = Alert.__table__.c, verdicts()
    title = PlaybookVersion.definition["title"].as_string()
    nothing = cast(null(), Integer)
    called = (
        select(Playbook.name, title, nothing, nothing)
        .join(PlaybookVersion, PlaybookVersion.id == Playbook.version_id)
        .where(Playbook.name.in_(names))
    )
    like = (
        select(alert.playbook, cast(null(), String), func.sum(judged.c.real), func.count())
        .join(judged, judged.c.alert_id == alert.id)
        .where(alert.playbook.in_(names), alert.closed_at > since)
        .group_by(alert.playbook)
        .having(func.count() >= LEAST)
    )
    return union_all(called, like)
