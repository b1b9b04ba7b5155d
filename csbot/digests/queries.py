"""What digests say, read for all their readers together: a constant number of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among, bound, dialect_of, is_one_of
from csbot.alerts.model import Alert
from csbot.alerts.promises import unkept_since
from csbot.alerts.waiting import HOLDER, open_now
from csbot.db.base import UTCDateTime
from csbot.digests.readers import Reader
from csbot.digests.rules import Item, look
from csbot.holds.model import Hold
from csbot.meetings.model import Meeting
from csbot.meetings.queries import NOT_CANCELLED
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task

AHEAD = timedelta(days=60)
# Raised as of the moment at which an admin made all of their hold known.
KNOWN = exists().where(Hold.ended == "known", Hold.ended_at == Alert.opened_at)


@dataclass(frozen=True)
class Open:
    """An open alert and whose it is: its owner's, or that of whoever took it.

    `unkept_since` is when they were asked after what they promised, while nothing has followed.
    """

    item: Item
    person_id: int
    owner_id: int | None
    escalated: bool
    kind: str
    playbook: str
    unkept_since: datetime | None


def open_alerts(session: Session, people: Collection[int], *, now: datetime) -> list[Open]:
    """What needs these people."""
    dialect = dialect_of(session)
    rows = session.execute(_open(dialect), {"people": bound(dialect, people), "now": now})
    return [
        Open(
            _item(row), row.person_id, row.owner_id, row.escalated_at is not None, row.kind,
            row.playbook, row.unkept_since,
        )
        for row in rows
    ]  # fmt: skip


@cache
def _open(dialect: str) -> Select[*tuple[Any, ...]]:
    now = bindparam("now", type_=UTCDateTime())
    return (
        select(
            Alert.id, Alert.kind, Alert.severity, Alert.state, Alert.evidence, Alert.opened_at,
            Alert.owner_id, Alert.escalated_at, Alert.playbook, HOLDER.label("person_id"),
            Account.arr, unkept_since().label("unkept_since"), KNOWN.label("known"),
        )
        .join(Account, Account.id == Alert.account_id)
        .where(*open_now(now), is_one_of(dialect, HOLDER, bindparam("people")))
        .order_by(Alert.id)
    )  # fmt: skip


def _item(row: Any) -> Item:
    return Item(
        id=row.id,
        look=look(kind=row.kind, severity=row.severity, evidence=row.evidence),
        severity=row.severity,
        stake=row.arr or Decimal(0),
        opened_at=row.opened_at,
        taken=row.state == "taken",
        known=row.known,
    )


def meetings(session: Session, readers: Sequence[Reader]) -> dict[int, list[tuple[Meeting, str]]]:
    """Today's meetings of each reader: their own, and those of their accounts."""
    ids = [reader.member.id for reader in readers]
    query: Select[*tuple[Any, ...]] = (
        select(Meeting, Account.name, Account.owner_id)
        .join(Account, Account.id == Meeting.account_id)
        .where(
            Meeting.starts_at >= min(reader.begins for reader in readers),
            Meeting.starts_at < max(reader.ends for reader in readers),
            NOT_CANCELLED,
            or_(among(session, Meeting.organizer_id, ids), among(session, Account.owner_id, ids)),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    found: dict[int, list[tuple[Meeting, str]]] = {}
    by_id = {reader.member.id: reader for reader in readers}
    for meeting, name, owner_id in session.execute(query):
        for person in {meeting.organizer_id, owner_id} & set(by_id):
            if by_id[person].begins <= meeting.starts_at < by_id[person].ends:
                found.setdefault(person, []).append((meeting, name))
    return found


@dataclass(frozen=True)
class TasksDue:
    overdue: int = 0
    today: int = 0


def tasks(session: Session, days: Mapping[int, date]) -> dict[int, TasksDue]:
    """Open tasks that are due by each person's date; what nobody was given is the owner's."""
    dialect = dialect_of(session)
    given = {"people": bound(dialect, days), "until": max(days.values())}
    found: dict[int, TasksDue] = {}
    for id, due_on, count in session.execute(_tasks(dialect), given):
        held, today = found.get(id, TasksDue()), days[id]
        found[id] = TasksDue(
            overdue=held.overdue + (count if due_on < today else 0),
            today=held.today + (count if due_on == today else 0),
        )
    return found


@cache
def _tasks(dialect: str) -> Select[int, date, int]:
    person = func.coalesce(Task.assignee_id, Account.owner_id)
    return (
        select(person, Task.due_on, func.count())
        .join(Account, Account.id == Task.account_id)
        .where(
            Task.done_at.is_(None),
            Task.due_on <= bindparam("until", type_=Date()),
            is_one_of(dialect, person, bindparam("people")),
        )
        .group_by(person, Task.due_on)
    )


@dataclass(frozen=True)
class Due:
    """Renewals of one category and currency on one day."""

    due_on: date
    currency: str
    category: str
    amount_due: Decimal
    count: int


def renewals(session: Session, days: Mapping[int, date]) -> dict[int, list[Due]]:
    """What falls due within 60 days of each person's date, or is overdue."""
    dialect = dialect_of(session)
    given = {"people": bound(dialect, days), "until": max(days.values()) + AHEAD}
    found: dict[int, list[Due]] = {}
    for owner_id, *due in session.execute(_renewals(dialect), given):
        one = Due(*due)
        if one.due_on <= days[owner_id] + AHEAD:
            found.setdefault(owner_id, []).append(one)
    return found


@cache
def _renewals(dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Account.owner_id, Renewal.due_on, Renewal.currency, Renewal.category,
            func.sum(Renewal.amount_due), func.count(),
        )
        .join(Account, Account.id == Renewal.account_id)
        .where(
            Renewal.status == "open",
            Renewal.due_on <= bindparam("until", type_=Date()),
            is_one_of(dialect, Account.owner_id, bindparam("people")),
        )
        .group_by(Account.owner_id, Renewal.due_on, Renewal.currency, Renewal.category)
    )  # fmt: skip


def next_renewals(
    session: Session, people: Collection[int], *, after: date
) -> dict[int, tuple[date, str]]:
    """The first renewal of each person's accounts after a date."""
    dialect = dialect_of(session)
    given = {"people": bound(dialect, people), "after": after}
    rows = session.execute(_next_renewals(dialect), given)
    return {owner_id: (due_on, name) for owner_id, due_on, name, _ in rows}


@cache
def _next_renewals(dialect: str) -> Select[*tuple[Any, ...]]:
    nth = func.row_number().over(
        partition_by=Account.owner_id, order_by=(Renewal.due_on, Renewal.id)
    )
    ranked = (
        select(Account.owner_id, Renewal.due_on, Account.name, nth.label("nth"))
        .join(Account, Account.id == Renewal.account_id)
        .where(
            Renewal.status == "open",
            Renewal.due_on > bindparam("after", type_=Date()),
            is_one_of(dialect, Account.owner_id, bindparam("people")),
        )
        .subquery()
    )
    return select(ranked).where(ranked.c.nth == 1)


def unowned(session: Session) -> int:
    query = select(func.count()).where(
        Account.owner_id.is_(None), Account.lifecycle_stage != "churned"
    )
    return session.scalar(query) or 0
