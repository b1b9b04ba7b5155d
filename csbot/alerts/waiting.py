"""Which alerts need somebody, and which they have taken: counted in one way, wherever it stands
(Home, the digest, /cs my, /cs team).

What is open on an account is another: it stands with the account, whoever is asked.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.away import acting
from csbot.team.model import TeamMember
from messages.waiting import Waiting

TAKEN = Alert.state == "taken"
HOLDER: ColumnElement[int] = case((TAKEN, Alert.taken_by_id), else_=Alert.owner_id)
WENT_UP = and_(Alert.escalated_at.is_not(None), ~TAKEN)


def open_now(now: datetime | BindParameter[datetime]) -> list[ColumnElement[bool]]:
    """What somebody is to act on; meetings and ordinary tasks have lines of their own."""
    return [
        Alert.closed_at.is_(None),
        Alert.severity.in_(("critical", "soon")),
        Alert.kind.not_like("meeting%"),
        or_(Alert.kind != "task", Alert.severity == "critical"),
        or_(Alert.state != "snoozed", Alert.snoozed_until <= now),
    ]


def waiting(session: Session, people: Collection[int], *, now: datetime) -> dict[int, Waiting]:
    """How many need each of these, being theirs or of whom they cover for, or gone up to them; and
    how many are taken by them or by whom they cover for.
    """
    covering = acting.known(session, now).covering
    theirs = {id: {id, *(one.id for one in covering.get(id, ()))} for id in people}
    held, taken, went_up = _held(session, set().union(*theirs.values()), people, now)
    return {
        id: Waiting(
            needing=sum(held[one] for one in own)
            # Of whom they cover for it counts already.
            + sum(count for owner, count in went_up[id].items() if owner not in own),
            taken=sum(taken[one] for one in own),
        )
        for id, own in theirs.items()
    }


def waiting_on(session: Session, *which: ColumnElement[bool], now: datetime) -> Waiting:
    """The same of some accounts, whoever has them."""
    took = func.count(case((TAKEN, 1)))
    query = select(func.count() - took, took).join(Account, Account.id == Alert.account_id)
    return Waiting(*session.execute(query.where(*open_now(now), *which)).one())


def _held(
    session: Session, holders: Collection[int], managers: Collection[int], now: datetime
) -> tuple[Counter[int], Counter[int], dict[int, Counter[int]]]:
    """What is given to each, what each has taken, and what went up to each of the managers, by
    whose it is.
    """
    took = func.count(case((TAKEN, 1)))
    theirs = (
        select(null(), HOLDER, func.count() - took, took)
        .where(*open_now(now), among(session, HOLDER, holders))
        .group_by(HOLDER)
    )
    of_reports = (
        select(TeamMember.manager_id, Alert.owner_id, func.count(), literal(0))
        .select_from(Alert)
        .join(TeamMember, TeamMember.id == Alert.owner_id)
        .where(*open_now(now), WENT_UP, among(session, TeamMember.manager_id, managers))
        .group_by(TeamMember.manager_id, Alert.owner_id)
    )
    held, taken = Counter[int](), Counter[int]()
    went_up: defaultdict[int, Counter[int]] = defaultdict(Counter)
    rows: Any = session.execute(union_all(theirs, of_reports))
    for manager, person, count, took_too in rows:
        (held if manager is None else went_up[manager])[person] += count
        taken[person] += took_too
    return held, taken, went_up
