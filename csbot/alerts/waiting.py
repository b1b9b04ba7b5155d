"""Which alerts need somebody: one count, wherever it stands (Home, the digest, /cs my, /cs team).

What is open on an account is another: it stands with the account, whoever is asked.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.team.model import TeamMember

HOLDER: ColumnElement[int] = case((Alert.state == "taken", Alert.taken_by_id), else_=Alert.owner_id)
WENT_UP = and_(Alert.escalated_at.is_not(None), Alert.state != "taken")


def open_now(now: datetime) -> list[ColumnElement[bool]]:
    """What somebody is to act on; meetings and ordinary tasks have lines of their own."""
    return [
        Alert.closed_at.is_(None),
        Alert.severity.in_(("critical", "soon")),
        Alert.kind.not_like("meeting%"),
        or_(Alert.kind != "task", Alert.severity == "critical"),
        or_(Alert.state != "snoozed", Alert.snoozed_until <= now),
    ]


def needing(session: Session, people: Collection[int], *, now: datetime) -> Counter[int | None]:
    """How many need each of these: given to them or taken by them, or gone up to them."""
    theirs = (
        select(HOLDER, func.count())
        .where(*open_now(now), among(session, HOLDER, people))
        .group_by(HOLDER)
    )
    of_reports = (
        select(TeamMember.manager_id, func.count())
        .select_from(Alert)
        .join(TeamMember, TeamMember.id == Alert.owner_id)
        .where(*open_now(now), WENT_UP, among(session, TeamMember.manager_id, people))
        .group_by(TeamMember.manager_id)
    )
    found: Counter[int | None] = Counter()
    rows: Any = session.execute(union_all(theirs, of_reports))
    for id, count in rows:
        found[id] += count
    return found
