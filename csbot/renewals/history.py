"""The forecast as each week began, kept once a week; and what has moved since the last one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, delete, extract, func, insert, not_, or_, select
from sqlalchemy.orm import Session

from csbot import jobs
from csbot.accounts.choosing import segment_key, within
from csbot.accounts.model import Account
from csbot.renewals import amounts, heaps, queries
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import CLOSED, KEPT, OPEN, ZERO, Outlook, largest_first
from csbot.renewals.model import ForecastWeek, Renewal
from csbot.renewals.rules import add_months
from csbot.settings import Settings

JOB = "renewals"
AHEAD = 28  # months that are noted: two years, as far as one can ask, as of 13 weeks from now
KEPT_FOR = timedelta(weeks=104)
WEEKS = 13
Outlooks = dict[str, Outlook]  # by currency
Pair = tuple[Decimal, Decimal]


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


class Beside(NamedTuple):
    """What the whole months have more than the list: due `after` its window, or `closed` too early
    for it; `before` is in the list alone, due before those months.

    Of each what is due and what of it is counted on.
    """

    after: Pair
    closed: Pair
    before: Pair


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
    """As things are, in one query."""
    parts = (
        extract("year", Renewal.due_on), extract("month", Renewal.due_on), Account.owner_id,
        Account.segment, Renewal.category, Renewal.status, Renewal.currency,
    )  # fmt: skip
    sums = (func.sum(amounts.due()), func.sum(amounts.expected(likely)))
    found = session.execute(
        select(*parts, func.count(), *sums)
        .join(Account, Account.id == Renewal.account_id)
        .where(Renewal.status.in_((OPEN, *CLOSED)), *which)
        .group_by(*parts)
    )
    return [
        Slice(date(int(year), int(month), 1), owner, segment, category,
              "won" if status in KEPT else status, currency, count, amounts.money(due),
              amounts.weighed(expected))
        for year, month, owner, segment, category, status, currency, count, due, expected in found
    ]  # fmt: skip


def months(filters: Filters, today: date) -> tuple[date, date]:
    """The first of the months that the window of `filters` touches, first and last."""
    first, last = filters.span(today)
    return (first or today).replace(day=1), last.replace(day=1)


def current(
    session: Session, filters: Filters, likely: Mapping[str, int], *, names: Sequence[str],
    today: date,
) -> Outlooks:  # fmt: skip
    """What the months of `filters` come to now."""
    which = _whole(filters, names, today)
    return heaps.outlooks(heaps.heaps(session, filters.whole(), likely, which, today))


def beside(
    session: Session, filters: Filters, likely: Mapping[str, int], *, names: Sequence[str],
    today: date, now: datetime,
) -> dict[str, Beside]:  # fmt: skip
    """What ties the list to the whole months, by currency."""
    listed = queries.chosen(filters, names=names, today=today, now=now)
    whole, (_, last) = _whole(filters, names, today), filters.span(today)
    alone = and_(whole, not_(listed))
    parts = (
        and_(alone, Renewal.due_on > last),
        and_(alone, Renewal.due_on <= last),
        before := and_(listed, not_(whole)),
    )
    both = (amounts.due(), amounts.expected(likely))
    sums = (func.sum(case((part, one), else_=0)) for part in parts for one in both)
    query = select(Renewal.currency, *sums).select_from(Renewal).where(or_(alone, before))
    if filters.of_accounts:
        query = query.join(Account, Account.id == Renewal.account_id)
    found = session.execute(query.group_by(Renewal.currency))
    return {
        currency: Beside(
            *(
                (amounts.money(due), amounts.weighed(expected))
                for due, expected in zip(counts[::2], counts[1::2], strict=True)
            )
        )
        for currency, *counts in found
    }


def _whole(filters: Filters, names: Sequence[str], today: date) -> ColumnElement[bool]:
    first, last = months(filters, today)
    return and_(
        Renewal.status.in_((OPEN, *CLOSED)),
        Renewal.due_on.between(first, add_months(last, 1) - timedelta(days=1)),
        *within(filters.owners, filters.segments, names),
        *([Renewal.category.in_(filters.categories)] if filters.categories else []),
    )


def weeks(
    session: Session, filters: Filters, *, names: Sequence[str], today: date
) -> dict[date, Outlooks]:
    """What the same months came to as each of the last weeks began, the oldest first.

    Owners and segments are those of then.
    """
    noted = ForecastWeek
    parts = (noted.week_on, noted.category, noted.status, noted.currency)
    mondays = [monday(today) - timedelta(weeks=ago) for ago in range(WEEKS)]
    found = session.execute(
        select(*parts, func.sum(noted.amount), func.sum(noted.expected))
        .where(
            noted.week_on.in_(mondays),
            noted.due_month.between(*months(filters, today)),
            *_of(filters, names),
        )
        .group_by(*parts)
        .order_by(noted.week_on)
    )
    made: defaultdict[date, defaultdict[str, Outlook]] = defaultdict(lambda: defaultdict(Outlook))
    for week, category, status, currency, due, expected in found:
        one = made[week][currency]
        one.count(status=status, category=category, due=due, expected=expected, signed=ZERO)
    return {week: largest_first(found) for week, found in made.items()}


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
