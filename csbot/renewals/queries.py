"""Reads of renewals: always the same number of queries, however many accounts there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.choosing import vocabulary, within
from csbot.accounts.model import Account, HealthChange
from csbot.alerts.model import Alert
from csbot.renewals import filters as reading
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import CLOSED, OPEN, Terms, Undo
from csbot.renewals.model import Renewal, RenewalCategoryChange, RenewalMove
from csbot.team.model import TeamMember

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """A renewal with what the list says of its account; `critical` is an open alert."""

    id: int
    account_id: int
    account: str
    due_on: date
    amount_due: Decimal
    currency: str
    category: str
    health: int | None
    owner_id: int | None
    owner: str | None
    slack_id: str | None
    next_step: str | None
    next_step_on: date | None
    critical: bool
    status: str
    forecast_amount: Decimal | None
    final_amount: Decimal | None
    signal: str | None
    segment: str | None


def asked_for(session: Session, text: str, *, person: TeamMember) -> Filters:
    """The filters in somebody's words; Refused when a word is none."""
    return reading.read(text, vocabulary(session, person))


def due(
    session: Session, filters: Filters, *, names: Sequence[str], today: date, now: datetime
) -> list[Row]:
    """What `filters` choose, soonest first; `names` are all segments."""
    which = chosen(filters, names=names, today=today, now=now)
    ordered = _rows().where(which).order_by(Renewal.due_on, Account.name, Renewal.id)
    return [Row(*row) for row in session.execute(ordered)]


def chosen(
    filters: Filters, *, names: Sequence[str], today: date, now: datetime
) -> ColumnElement[bool]:
    """Of renewals with their accounts: open, or closed and due in that time.

    What was overdue when it was closed stays for a week.
    """
    first, _ = filters.span(today)
    recent = Renewal.due_on >= first if first else _upcoming(today, now - WEEK)
    either = or_(Renewal.status == OPEN, and_(Renewal.status.in_(CLOSED), recent))
    return and_(either, *_within(filters, today), *_of(filters, names))


def _upcoming(today: date, since: datetime) -> ColumnElement[bool]:
    return or_(Renewal.due_on >= today, Renewal.closed_at > since)


def _of(filters: Filters, names: Sequence[str]) -> list[ColumnElement[bool]]:
    """Whose, in which segments, how sure."""
    wanted = within(filters.owners, filters.segments, names)
    if filters.categories:
        wanted.append(Renewal.category.in_(filters.categories))
    return wanted


def _rows() -> Select[*tuple[Any, ...]]:
    critical = (
        select(Alert.id)
        .where(Alert.account_id == Account.id, Alert.closed_at.is_(None))
        .where(Alert.severity == "critical")
        .exists()
    )
    return (
        select(
            Renewal.id, Account.id, Account.name, Renewal.due_on, Renewal.amount_due,
            Renewal.currency, Renewal.category, Account.health, Account.owner_id,
            TeamMember.name, TeamMember.slack_id, Renewal.next_step, Renewal.next_step_on,
            critical, Renewal.status, Renewal.forecast_amount, Renewal.final_amount,
            Renewal.signal, Account.segment,
        )
        .join(Account, Account.id == Renewal.account_id)
        .outerjoin(TeamMember, TeamMember.id == Account.owner_id)
    )  # fmt: skip


def _within(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    first, last = filters.span(today)
    return [Renewal.due_on <= last] + ([Renewal.due_on >= first] if first else [])


def week_ago(
    session: Session, filters: Filters, *, names: Sequence[str], today: date, now: datetime
) -> tuple[list[Terms], list[Undo]] | None:
    """What may have been in the list a week ago, and what changed since; None when unknown.

    Owners and segments are today's: who owned what is no part of the comparison.
    """
    then = now - WEEK
    first = session.scalar(select(func.min(Renewal.created_at)))
    if first is None or first > then:
        return None
    first, last = filters.span(today)
    moved = Renewal.id.in_(select(RenewalMove.renewal_id).where(RenewalMove.at > then))
    was_open = or_(Renewal.status == OPEN, Renewal.closed_at > then)
    was_closed = and_(
        Renewal.status.in_(CLOSED), Renewal.due_on.between(first or today, last)
    )  # fmt: skip
    found = session.execute(
        select(
            Renewal.id, Renewal.due_on, Renewal.amount_due, Renewal.currency, Renewal.category,
            case((was_open, OPEN), else_=Renewal.status), Renewal.forecast_amount,
            Renewal.final_amount,
        )
        .join(Account, Account.id == Renewal.account_id)
        .where(Renewal.created_at <= then, *within(filters.owners, filters.segments, names))
        .where(or_(and_(was_open, or_(moved, and_(*_within(filters, today)))), was_closed))
    )  # fmt: skip
    return [Terms(*row) for row in found], _undos(session, then)


def _undos(session: Session, then: datetime) -> list[Undo]:
    step, move = RenewalCategoryChange, RenewalMove
    steps = session.execute(
        select(step.renewal_id, step.at, step.before).where(step.at > then).order_by(step.id)
    )
    moves = session.execute(
        select(move.renewal_id, move.at, move.due_on, move.amount_due, move.currency)
        .where(move.at > then)
        .order_by(move.id)
    )
    return [Undo(id, at, category=before) for id, at, before in steps] + [
        Undo(id, at, due_on=day, amount_due=amount, currency=currency)
        for id, at, day, amount, currency in moves
    ]


def health_a_week_ago(
    session: Session, account_ids: Sequence[int], *, now: datetime
) -> dict[int, int | None]:
    """The score that each account had then, where it is known."""
    if not account_ids:
        return {}
    newest = (
        select(HealthChange.account_id, func.max(HealthChange.at).label("at"))
        .where(HealthChange.account_id.in_(account_ids), HealthChange.at <= now - WEEK)
        .group_by(HealthChange.account_id)
        .subquery()
    )
    found = session.execute(
        select(HealthChange.account_id, HealthChange.score)
        .join(
            newest,
            and_(
                HealthChange.account_id == newest.c.account_id, HealthChange.at == newest.c.at
            ),
        )
        .order_by(HealthChange.id)
    )  # fmt: skip
    return {account: score for account, score in found}


def next_after(
    session: Session, filters: Filters, *, names: Sequence[str], today: date
) -> tuple[date, str] | None:
    """When and whose the first renewal is that the window of `filters` leaves out."""
    _, last = filters.span(today)
    query = (
        select(Renewal.due_on, Account.name)
        .join(Account, Account.id == Renewal.account_id)
        .where(
            Renewal.status == "open",
            Renewal.due_on > last,
            *within(filters.owners, filters.segments, names),
        )
        .order_by(Renewal.due_on, Renewal.id)
        .limit(1)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None
