"""Reads of all onboardings: always the same number of queries, however many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.choosing import within
from csbot.accounts.model import Account
from csbot.meetings.model import Meeting
from csbot.onboarding import evidence
from csbot.onboarding.evidence import SINCE
from csbot.onboarding.filters import Filters, stages
from csbot.onboarding.rules import IN_ONBOARDING, Progress
from csbot.onboarding.stages import Stage, after, find, tracks
from csbot.team.model import TeamMember

DEFAULT = "transactional"  # the track of a process that has none
ELSEWHERE = 99  # the rank of a stage that no track has
Spot = tuple[str, str]  # a track and the key of a stage


@dataclass(frozen=True)
class Counted:
    """How many are in a stage, and how many of them are late."""

    place: Spot
    count: int
    late: int


@dataclass(frozen=True)
class Row:
    """An account in onboarding; `process` is the track it is looked after by."""

    account_id: int
    account: str
    process: str
    stage: str
    since: datetime
    owner: str | None
    slack_id: str | None

    @property
    def place(self) -> Spot:
        return self.process, self.stage


def due_at(since: datetime, stage: Stage) -> datetime:
    return since + timedelta(days=stage.days)


def counted(
    session: Session, filters: Filters, *, names: Sequence[str], now: datetime
) -> list[Counted]:
    """Of each stage that anybody is in, in the order of the tracks; late ones and others."""
    track, late = _track(), func.sum(case((_late(now), 1), else_=0))
    found = session.execute(
        select(track, Account.onboarding_stage, func.count(), late)
        .where(*_of(filters, names))
        .group_by(track, Account.onboarding_stage)
    )
    made = [Counted((process, stage), count, over) for process, stage, count, over in found]
    return sorted(made, key=lambda one: (_order(one.place), one.place))


def page(
    session: Session, filters: Filters, *, names: Sequence[str], size: int, now: datetime
) -> list[Row]:
    """By stage, and in it those first who have been there for the longest."""
    found = session.execute(
        select(
            Account.id, Account.name, _track(), func.coalesce(Account.onboarding_stage, ""), SINCE,
            TeamMember.name, TeamMember.slack_id,
        )
        .outerjoin(TeamMember, TeamMember.id == Account.owner_id)
        .where(*_chosen(filters, names, now))
        .order_by(_rank(), SINCE, Account.name, Account.id)
        .limit(size)
        .offset((filters.page - 1) * size)
    )  # fmt: skip
    return [Row(*row) for row in found]


def latest(
    session: Session, filters: Filters, *, names: Sequence[str], most: int, now: datetime
) -> tuple[list[Account], int]:
    """Late ones first, then the longest in their stage; and how many there are in all."""
    chosen = _chosen(filters, names, now)
    late = case((_late(now), 0), else_=1)
    query = select(Account).where(*chosen).order_by(late, SINCE, Account.id).limit(most)
    count = session.scalar(select(func.count(Account.id)).where(*chosen)) or 0
    return list(session.scalars(query)), count


def waiting(session: Session, filters: Filters, *, names: Sequence[str]) -> int:
    """How many are to be onboarded and have not begun."""
    mine = within(filters.owners, filters.segments, names)
    idle = Account.lifecycle_stage == IN_ONBOARDING, Account.onboarding_stage.is_(None)
    if filters.stages or filters.late:
        return 0
    mine += [_on(filters.process)] if filters.process else []
    query = select(func.count(Account.id)).where(*idle, *mine)
    return session.scalar(query) or 0


def opened(session: Session, rows: Sequence[Row], *, now: datetime) -> dict[int, tuple[str, ...]]:
    """What stands between each of these accounts and its next stage, in words."""
    places: dict[int, evidence.Place] = {}
    for row in rows:
        if stage := find(row.process, row.stage):
            places[row.account_id] = stage, after(row.process, stage)
    found = evidence.of_many(session, places, now=now)
    since = {row.account_id: row.since for row in rows}
    return {id: _open(places[id], since[id], met) for id, met in found.items()}


def _open(place: evidence.Place, since: datetime, found: evidence.Found) -> tuple[str, ...]:
    stage, following = place
    here = Progress(stage=stage, following=following, since=since, **found)
    return tuple(one.text for one in (*here.open, *here.barred))


def next_meetings(
    session: Session, account_ids: Collection[int], *, now: datetime
) -> dict[int, datetime]:
    found = session.execute(
        select(Meeting.account_id, func.min(Meeting.starts_at))
        .where(
            Meeting.account_id.in_(account_ids), Meeting.starts_at > now, Meeting.outcome.is_(None)
        )
        .group_by(Meeting.account_id)
    )
    return {account: at for account, at in found}


def _of(filters: Filters, names: Sequence[str]) -> list[ColumnElement[bool]]:
    """Everything that was asked for, but being late."""
    wanted: list[ColumnElement[bool]] = [Account.onboarding_stage.is_not(None)]
    wanted += within(filters.owners, filters.segments, names)
    wanted += [_on(filters.process)] if filters.process else []
    if filters.stages:
        wanted.append(or_(*(_at(*stages()[code]) for code in filters.stages)))
    return wanted


def _chosen(filters: Filters, names: Sequence[str], now: datetime) -> list[ColumnElement[bool]]:
    return [*_of(filters, names), *([_late(now)] if filters.late else [])]


def _late(now: datetime) -> ColumnElement[bool]:
    """That the days of the stage are over."""
    over = (
        and_(_at(process, stage), now - timedelta(days=stage.days) >= SINCE)
        for process, stage in stages().values()
    )
    return func.coalesce(or_(false(), *over), false())


@cache  # to put it together takes longer than a CSM's accounts do
def _track() -> ColumnElement[str]:
    """An account's process, where there is such a track."""
    known = {name: name for name in tracks()}
    return case(known, value=Account.process, else_=DEFAULT)


@cache
def _on(process: str) -> ColumnElement[bool]:
    others = set(tracks()) - {process}
    return Account.process == process if process != DEFAULT else Account.process.not_in(others)


@cache
def _at(process: str, stage: Stage) -> ColumnElement[bool]:
    return and_(Account.onboarding_stage == stage.key, _on(process))


@cache
def _rank() -> ColumnElement[int]:
    ranked = [(_at(*place), nth) for nth, place in enumerate(stages().values())]
    return case(*ranked, else_=ELSEWHERE)


def _order(place: Spot) -> int:
    known = [(process, stage.key) for process, stage in stages().values()]
    return known.index(place) if place in known else ELSEWHERE
