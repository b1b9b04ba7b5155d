"""On the first working morning after an absence: what happened, who did it, what waits. Once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from csbot.accounts.model import Account
from csbot.accounts.timeline import words
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry, stands
from csbot.away.cover import BACK_AT
from csbot.away.model import Absence
from csbot.away.queries import day_words
from csbot.away.rules import misses_a_day
from csbot.digests import queries
from csbot.digests.queries import Open, TasksDue
from csbot.outbox.queue import Outgoing, Priority, enqueue_many
from csbot.team.model import TeamMember
from messages.away import Act, CatchUp

ACTS_MAX = 10
BEHIND_THE_SCENES = "playbook.", "promise.", "home.", "away.", "undo."


def key(absence_id: int) -> str:
    return f"catch-up:{absence_id}"


@dataclass(frozen=True)
class _Found:
    """What was read for all of them, by absence or by person."""

    acts: Mapping[int, list[Row[*tuple[Any, ...]]]]
    alerts: Mapping[int, tuple[int, int]]
    waiting: Mapping[int, list[Open]]
    tasks: Mapping[int, TasksDue]


def tell(session: Session, days: Mapping[TeamMember, date], *, now: datetime) -> int:
    """To each of these whose day begins and who was away a day; of several absences the last."""
    people = {member.id: member for member in days}
    absences = _over(session, people, now) if people else []
    if not absences:
        return 0
    found = _read(session, absences, {id: days[member] for id, member in people.items()}, now)
    posts = [
        Outgoing(
            _written(one, people[one.member_id], found, session, now),
            people[one.member_id].slack_id or "",
            key(one.id),
            priority=Priority.ROUTINE,
        )
        for one in absences
    ]
    enqueue_many(session, posts, now=now)
    return len(posts)


def _over(session: Session, members: Collection[int], now: datetime) -> list[Absence]:
    """Those that nobody was told of; each is this transaction's from here on."""
    ended = and_(Absence.caught_up_at.is_(None), now >= BACK_AT, Absence.starts_at < BACK_AT)
    taken = (
        update(Absence)
        .where(ended, Absence.member_id.in_(members))
        .values(caught_up_at=now, ended_at=BACK_AT)
        .returning(Absence)
    )
    rows = session.scalars(taken, execution_options={"synchronize_session": False}).all()
    long = [one for one in rows if misses_a_day(one.starts_at, one.ended_at or one.ends_at)]
    newest = {one.member_id: one for one in sorted(long, key=lambda one: one.starts_at)}
    return list(newest.values())


def _read(
    session: Session, absences: Sequence[Absence], days: Mapping[int, date], now: datetime
) -> _Found:
    ids = [one.id for one in absences]
    members = [one.member_id for one in absences]
    acts: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in _acts(session, ids):
        acts.setdefault(row.absence_id, []).append(row)
    waiting: dict[int, list[Open]] = {}
    for one in queries.open_alerts(session, members, now=now):
        waiting.setdefault(one.person_id, []).append(one)
    tasks = queries.tasks(session, {id: days[id] for id in members})
    return _Found(acts, _alerts(session, ids), waiting, tasks)


def _acts(session: Session, ids: Collection[int]) -> list[Row[*tuple[Any, ...]]]:
    """What people did meanwhile, the newest of each absence first, and how much it was in all."""
    whose = or_(
        Account.owner_id == Absence.member_id, AuditEntry.acting_for_id == Absence.member_id
    )
    quiet = or_(*(AuditEntry.verb.startswith(verb) for verb in BEHIND_THE_SCENES))
    order = (AuditEntry.at.desc(), AuditEntry.id.desc())
    ranked = (
        select(
            Absence.id.label("absence_id"),
            AuditEntry.id.label("entry_id"),
            func.row_number().over(partition_by=Absence.id, order_by=order).label("nth"),
            func.count().over(partition_by=Absence.id).label("many"),
        )
        .join(Account, Account.id == AuditEntry.account_id)
        .join(Absence, whose)
        .where(
            Absence.id.in_(ids),
            AuditEntry.at >= Absence.starts_at,
            AuditEntry.at < BACK_AT,
            AuditEntry.by_id.is_not(None),
            AuditEntry.by_id != Absence.member_id,
            ~quiet,
            stands(),
        )
        .subquery()
    )
    by = aliased(TeamMember)
    query = (
        select(ranked.c.absence_id, ranked.c.many, AuditEntry, Account.name, by.name.label("by"))
        .join(AuditEntry, AuditEntry.id == ranked.c.entry_id)
        .join(Account, Account.id == AuditEntry.account_id)
        .join(by, by.id == AuditEntry.by_id)
        .where(ranked.c.nth <= ACTS_MAX)
        .order_by(ranked.c.absence_id, ranked.c.nth)
    )
    return list(session.execute(query))


def _alerts(session: Session, ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """How many were raised meanwhile, and how many of them are closed."""
    query = (
        select(Absence.id, func.count(), func.count(Alert.closed_at))
        .join(Alert, Alert.owner_id == Absence.member_id)
        .where(Absence.id.in_(ids), Alert.opened_at >= Absence.starts_at, Alert.opened_at < BACK_AT)
        .group_by(Absence.id)
    )
    return {id: (raised, closed) for id, raised, closed in session.execute(query)}


def _written(
    absence: Absence, member: TeamMember, found: _Found, session: Session, now: datetime
) -> CatchUp:
    rows = found.acts.get(absence.id, [])
    raised, closed = found.alerts.get(absence.id, (0, 0))
    waiting, tasks = found.waiting.get(member.id, []), found.tasks.get(member.id, TasksDue())
    said_by = absence.made_by_id if absence.made_by_id != member.id else None
    told = session.get(TeamMember, said_by) if said_by else None
    return CatchUp(
        person=member.name.split()[0] if member.name.split() else member.name,
        from_day=day_words(member, absence.starts_at, now),
        back_day=day_words(member, absence.ended_at or absence.ends_at, now),
        said_by=told.name if told else None,
        acts=tuple(
            Act(at=row.AuditEntry.at, account=row.name, what=words(row.AuditEntry), by=row.by)
            for row in rows
        ),
        more=max(0, (rows[0].many if rows else 0) - len(rows)),
        raised=raised,
        closed=closed,
        critical=sum(one.item.severity == "critical" for one in waiting),
        soon=sum(one.item.severity != "critical" for one in waiting),
        overdue=tasks.overdue,
        today=tasks.today,
    )
