"""Which alerts need somebody: one count, wherever it stands (Home, the digest, /cs my, /cs team).

What is open on an account is another: it stands with the account, whoever is asked.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select, union_all
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.away import acting
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


def needing(session: Session, people: Collection[int], *, now: datetime) -> Counter[int]:
    """How many need each of these: given to or taken by them, or by whom they cover for, or gone
    up to them.
    """
    covering = acting.known(session, now).covering
    theirs = {id: {id, *(one.id for one in covering.get(id, ()))} for id in people}
    held, went_up = _held(session, set().union(*theirs.values()), people, now)
    return Counter(
        {
            id: sum(held[one] for one in own)
            # Of whom they cover for it counts already.
            + sum(count for owner, count in went_up[id].items() if owner not in own)
            for id, own in theirs.items()
        }
    )


def _held(
    session: Session, holders: Collection[int], managers: Collection[int], now: datetime
) -> tuple[Counter[int], dict[int, Counter[int]]]:
    """What each holds, and what went up to each of the managers, by whose it is."""
    theirs = (
        select(null(), HOLDER, func.count())
        .where(*open_now(now), among(session, HOLDER, holders))
        .group_by(HOLDER)
    )
    of_reports = (
        select(TeamMember.manager_id, Alert.owner_id, func.count())
        .select_from(Alert)
        .join(TeamMember, TeamMember.id == Alert.owner_id)
        .where(*open_now(now), WENT_UP, among(session, TeamMember.manager_id, managers))
        .group_by(TeamMember.manager_id, Alert.owner_id)
    )
    held: Counter[int] = Counter()
    went_up: defaultdict[int, Counter[int]] = defaultdict(Counter)
    rows: Any = session.execute(union_all(theirs, of_reports))
    for manager, person, count in rows:
        (held if manager is None else went_up[manager])[person] += count
    return held, went_up
