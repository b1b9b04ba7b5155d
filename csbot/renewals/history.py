"""The forecast as each week began, kept once a week; and what has moved since the last one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, case, delete, extract, func, insert, select
from sqlalchemy import type_coerce as as_type
from sqlalchemy.orm import Session

from csbot import jobs
from csbot.accounts.choosing import segment_key, within
from csbot.accounts.model import Account
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import CLOSED, KEPT, OPEN, Outlook
from csbot.renewals.model import ForecastWeek, Renewal
from csbot.renewals.rules import Category, add_months
from csbot.settings import Settings

JOB = "renewals"
AHEAD = 13  # months that are noted, this one and a year
KEPT_FOR = timedelta(weeks=104)
WEEKS = 13
CENT = Decimal("0.01")
Outlooks = dict[str, Outlook]  # by currency


@dataclass(frozen=True)
class Slice:
    """The renewals of one month, owner, segment, category and currency that are open or closed."""

    due_month: date
    owner_id: int | None
    segment: str | None
    category: str
    status: str
    currency: str
    count: int
    amount: Decimal
    expected: Decimal


def note_week(session: Session, *, settings: Settings, now: datetime) -> int:
    """Keep the forecast of the week that `now` is in, as its first run finds it; how many rows."""
    today = now.astimezone(ZoneInfo(settings.env.csbot_timezone)).date()
    week = monday(today)
    there = select(ForecastWeek.id).where(ForecastWeek.week_on == week).limit(1)
    if not jobs.claim(session, job=JOB, slot=f"forecast {week}", now=now) or session.scalar(there):
        return 0
    session.execute(delete(ForecastWeek).where(ForecastWeek.week_on < week - KEPT_FOR))
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    last = add_months(today.replace(day=1), AHEAD) - timedelta(days=1)
    likely = settings.config.forecast.model_dump()
    found = slices(session, likely, Renewal.due_on.between(first, last))
    if found:
        session.execute(insert(ForecastWeek), [{"week_on": week, **vars(one)} for one in found])
    return len(found)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def slices(session: Session, likely: Mapping[str, int], *which: ColumnElement[bool]) -> list[Slice]:
    """As things are, in one query; the formula is `forecast.expected` in SQL, in whole cents."""
    due = as_type(Renewal.amount_due, BigInteger)
    hoped = func.coalesce(as_type(Renewal.forecast_amount, BigInteger), due)
    signed = func.coalesce(as_type(Renewal.final_amount, BigInteger), due)
    weight = case(likely, value=Renewal.category)
    expected = case(
        (Renewal.status == OPEN, _least(hoped, due) * weight),
        (Renewal.status.in_(KEPT), _least(signed, due) * 100),
        else_=0,
    )
    parts = (
        extract("year", Renewal.due_on), extract("month", Renewal.due_on), Account.owner_id,
        Account.segment, Renewal.category, Renewal.status, Renewal.currency,
    )  # fmt: skip
    found = session.execute(
        select(*parts, func.count(), func.sum(due), func.sum(expected))
        .join(Account, Account.id == Renewal.account_id)
        .where(Renewal.status.in_((OPEN, *CLOSED)), *which)
        .group_by(*parts)
    )
    return [
        Slice(date(int(year), int(month), 1), owner, segment, category, _status(status), currency,
              count, Decimal(amount) / 100, _cents(Decimal(percent) / 10_000))
        for year, month, owner, segment, category, status, currency, count, amount, percent in found
    ]  # fmt: skip


def _least(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one < other, one), else_=other)


def _status(status: str) -> str:
    return "won" if status in KEPT else status


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def months(filters: Filters, today: date) -> tuple[date, date]:
    """The first of the months that the window of `filters` touches, first and last."""
    first, last = filters.span(today)
    return (first or today).replace(day=1), last.replace(day=1)


def current(
    session: Session, filters: Filters, likely: Mapping[str, int], *, names: Sequence[str],
    today: date,
) -> Outlooks:  # fmt: skip
    """What the months of `filters` come to now."""
    first, last = months(filters, today)
    which = within(filters.owners, filters.segments, names)
    if filters.categories:
        which.append(Renewal.category.in_(filters.categories))
    until = add_months(last, 1) - timedelta(days=1)
    return _summed(slices(session, likely, Renewal.due_on.between(first, until), *which))


def weeks(session: Session, filters: Filters, *, today: date) -> dict[date, Outlooks]:
    """What the same months came to as each of the last weeks began, the oldest first.

    Owners and segments are those of then.
    """
    noted = ForecastWeek
    names = session.scalars(select(noted.segment).where(noted.segment.is_not(None)).distinct())
    parts = (noted.week_on, noted.category, noted.status, noted.currency)
    found = session.execute(
        select(*parts, func.sum(noted.count), func.sum(noted.amount), func.sum(noted.expected))
        .where(
            noted.week_on > monday(today) - timedelta(weeks=WEEKS),
            noted.week_on <= today,
            noted.due_month.between(*months(filters, today)),
            *_of(filters, [name for name in names if name]),
        )
        .group_by(*parts)
        .order_by(noted.week_on)
    )
    made: dict[date, list[Slice]] = {}
    for week, category, status, currency, count, amount, expected in found:
        one = Slice(week, None, None, category, status, currency, count, amount, expected)
        made.setdefault(week, []).append(one)
    return {week: _summed(rows) for week, rows in made.items()}


def _of(filters: Filters, names: Sequence[str]) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.owners:
        wanted.append(ForecastWeek.owner_id.in_(filters.owners))
    if filters.segments:
        chosen = [name for name in names if segment_key(name) in filters.segments]
        wanted.append(ForecastWeek.segment.in_(chosen))
    if filters.categories:
        wanted.append(ForecastWeek.category.in_(filters.categories))
    return wanted


def _summed(rows: Iterable[Slice]) -> Outlooks:
    made: Outlooks = {}
    for row in rows:
        one = made.setdefault(row.currency, Outlook())
        one.due += row.amount
        if row.status != OPEN:
            one.won += row.expected
            one.closed += row.amount
        elif row.category == Category.COMMIT:
            one.commit += row.expected
        else:
            one.rest += row.expected
    return dict(sorted(made.items(), key=lambda pair: (-pair[1].due, pair[0])))
