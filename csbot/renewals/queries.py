"""Reads of renewals: always the same number of queries, however many accounts there are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from csbot.accounts.choosing import vocabulary, within
from csbot.accounts.model import Account, HealthChange
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.renewals import amounts
from csbot.renewals import filters as reading
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import CLOSED, OPEN, Amounts, Terms, Undo
from csbot.renewals.model import Renewal, RenewalCategoryChange, RenewalMove
from csbot.renewals.rules import CONFIDENT, Category
from csbot.team.model import TeamMember

WEEK = timedelta(days=7)
Sick = aliased(Account)


@dataclass(frozen=True)
class Row:
    """An open renewal with what the list says of its account."""

    id: int
    account_id: int
    account: str
    due_on: date
    amount_due: Decimal
    currency: str
    category: str
    health: int | None
    owner: str | None
    slack_id: str | None
    next_step: str | None
    next_step_on: date | None
    signal: str | None
    segment: str | None


@dataclass(frozen=True)
class WeekAgo:
    """The renewals of a window as they were: `still` adds up those that nobody has changed since.

    The others are told one by one, with what is to be undone of them.
    """

    still: Amounts
    changed: list[Terms]
    undos: list[Undo]


def asked_for(session: Session, text: str, *, person: TeamMember) -> Filters:
    """The filters in somebody's words; Refused when a word is none."""
    return reading.read(text, vocabulary(session, person))


def page(
    session: Session, which: ColumnElement[bool], ranks: Sequence[ColumnElement[bool]], *,
    start: int, size: int, by_owner: bool = False,
) -> list[Row]:  # fmt: skip
    """Open ones among `which`, from the `start`th: by the first of `ranks` that is true, soonest
    first; what no rank is true of comes last.
    """
    ordered = _rows().where(_status(by_owner) == OPEN, which)
    if ranks:
        nth = case(*((rank, at) for at, rank in enumerate(ranks)), else_=len(ranks))
        ordered = ordered.order_by(nth)
    ordered = ordered.order_by(Renewal.due_on, Account.name, Renewal.id)
    return [Row(*row) for row in session.execute(ordered.offset(start).limit(size))]


def _status(by_owner: bool) -> ColumnElement[str]:
    """Not as itself where owners lead to them: SQLite, which does not know how few are theirs and
    how many are open, would begin with all that are open.
    """
    return func.coalesce(Renewal.status, "") if by_owner else Renewal.status.expression


def doubted(low_health: int) -> ColumnElement[bool]:
    """Where the data says worse than the owner: by the signal, where there is one already."""
    order = {category: at for at, category in enumerate(Category)}
    lower = case(order, value=Renewal.signal) > case(order, value=Renewal.category)
    unsaid = and_(Renewal.category.in_(CONFIDENT), _ailing(low_health))
    # Not as an "or", nor with accounts at hand: where there is a signal, nothing is looked up.
    there = case((Renewal.signal.is_(None), unsaid), else_=lower)
    return and_(Renewal.status == OPEN, there)


def soonest(session: Session, which: ColumnElement[bool], *, most: int) -> list[str]:
    """The accounts of the first of these."""
    first = select(Account.name).join(Renewal, Account.id == Renewal.account_id).where(which)
    ordered = first.order_by(Renewal.due_on, Account.name, Renewal.id)
    return list(session.scalars(ordered.limit(most)))


def _ailing(low_health: int) -> ColumnElement[bool]:
    critical = (
        select(Alert.id)
        .where(Alert.account_id == Renewal.account_id, Alert.closed_at.is_(None))
        .where(Alert.severity == "critical")
    )
    low = select(Sick.id).where(Sick.id == Renewal.account_id, Sick.health < low_health)
    return or_(low.exists(), critical.exists())


def chosen(
    filters: Filters, *, names: Sequence[str], today: date, now: datetime
) -> ColumnElement[bool]:
    """Of renewals with their accounts: open, or closed and due in that time.

    What was overdue when it was closed stays for a week.
    """
    first, _ = filters.span(today)
    recent = Renewal.due_on >= first if first else _upcoming(today, now - WEEK)
    status = _status(filters.by_owner)
    either = or_(status == OPEN, and_(status.in_(CLOSED), recent))
    return and_(either, *_within(filters, today), *_of(filters, names))


def _upcoming(today: date, since: datetime) -> ColumnElement[bool]:
    return or_(Renewal.due_on >= today, Renewal.closed_at > since)


def _of(filters: Filters, names: Sequence[str]) -> list[ColumnElement[bool]]:
    """Whose, in which segments, how sure."""
    return [*within(filters.owners, filters.segments, names), *_sure(filters)]


def _sure(filters: Filters) -> list[ColumnElement[bool]]:
    return [Renewal.category.in_(filters.categories)] if filters.categories else []


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Renewal.id, Account.id, Account.name, Renewal.due_on, Renewal.amount_due,
            Renewal.currency, Renewal.category, Account.health, TeamMember.name,
            TeamMember.slack_id, Renewal.next_step, Renewal.next_step_on, Renewal.signal,
            Account.segment,
        )
        .join(Account, Account.id == Renewal.account_id)
        .outerjoin(TeamMember, TeamMember.id == Account.owner_id)
    )  # fmt: skip


def _within(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    first, last = filters.span(today)
    return [Renewal.due_on <= last] + ([Renewal.due_on >= first] if first else [])


def week_ago(
    session: Session, filters: Filters, likely: Mapping[str, int], *, names: Sequence[str],
    today: date, now: datetime,
) -> WeekAgo | None:  # fmt: skip
    """What may have been in the list a week ago; None when unknown.

    Owners, segments and what owners expect are today's: they are no part of the comparison.
    """
    then = now - WEEK
    if not session.scalar(select(exists().where(Renewal.created_at <= then))):
        return None
    status = _status(filters.by_owner)
    was_open = or_(status == OPEN, Renewal.closed_at > then)
    touched = _touched(then, few=bool(filters.owners))
    there = and_(
        Renewal.created_at <= then,
        or_(was_open, status.in_(CLOSED)),
        *within(filters.owners, filters.segments, names),
    )
    expected = func.sum(amounts.expected(likely, is_open=was_open))
    there_still = (
        select(Renewal.currency, expected)
        .where(there, ~touched, _was_inside(filters, was_open, today), *_sure(filters))
        .group_by(Renewal.currency)
    )
    if filters.of_accounts:
        there_still = there_still.join(Account, Account.id == Renewal.account_id)
    still = session.execute(there_still)
    changed = _changed(session, and_(there, touched), was_open)
    return WeekAgo(
        still={currency: amounts.weighed(amount) for currency, amount in still},
        changed=changed,
        undos=_undos(session, then, of=[one.id for one in changed] if filters.owners else None),
    )


def _touched(then: datetime, *, few: bool) -> ColumnElement[bool]:
    """Whose terms or category have changed since then: one list for all, or a look for each of a
    few. With the list PostgreSQL would go through all renewals, whoever's they are.
    """
    tables = (RenewalMove, RenewalCategoryChange)
    if few:
        looks = [exists().where(one.renewal_id == Renewal.id, one.at > then) for one in tables]
        return or_(*looks)
    return or_(*(Renewal.id.in_(select(one.renewal_id).where(one.at > then)) for one in tables))


def _changed(
    session: Session, which: ColumnElement[bool], was_open: ColumnElement[bool]
) -> list[Terms]:
    found = session.execute(
        select(
            Renewal.id, Renewal.due_on, Renewal.amount_due, Renewal.currency, Renewal.category,
            case((was_open, OPEN), else_=Renewal.status), Renewal.forecast_amount,
            type_coerce(amounts.signed(), Renewal.amount_due.type),
        )
        .join(Account, Account.id == Renewal.account_id)
        .where(which)
    )  # fmt: skip
    return [Terms(*row) for row in found]


def _was_inside(
    filters: Filters, was_open: ColumnElement[bool], today: date
) -> ColumnElement[bool]:
    """As `forecast.inside` has it."""
    first, last = filters.span(today)
    closed_from = Renewal.due_on >= (first or today)
    if first:
        return and_(Renewal.due_on <= last, closed_from)
    return and_(Renewal.due_on <= last, or_(was_open, closed_from))


def _undos(session: Session, then: datetime, *, of: Collection[int] | None) -> list[Undo]:
    """What changed since then, of these renewals or of all."""
    step, move = RenewalCategoryChange, RenewalMove

    def since(table: type[RenewalCategoryChange] | type[RenewalMove]) -> ColumnElement[bool]:
        theirs = [] if of is None else [among(session, table.renewal_id, of)]
        return and_(table.at > then, *theirs)

    steps = session.execute(
        select(step.renewal_id, step.at, step.before).where(since(step)).order_by(step.id)
    )
    moves = session.execute(
        select(move.renewal_id, move.at, move.due_on, move.amount_due, move.currency)
        .where(since(move))
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
