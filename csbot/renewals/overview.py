"""Puts the list of renewals together: what is due, how much will come, a page of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from csbot.accounts.choosing import named_in_words, segments
from csbot.outbox.queue import enqueue
from csbot.renewals import forecast, queries, rules
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import Amounts
from csbot.renewals.queries import Row
from csbot.renewals.rules import LABELS, Category
from csbot.renewals.service import Changed
from csbot.settings import Forecast, Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.renewal_change import RenewalSaved
from messages.renewals import Group, NoRenewals, RenewalLine, RenewalsList, Sum, Turn
from messages.said import Said
from messages.text import Money, Person, day, short_day

PAGE, MONTHS_MAX = 10, 12
KEEP = "k"  # before a list's code
OVERDUE, LATER, NOBODY = "Overdue", "Later", "No owner"
Key = Callable[[Row], str]


def overview(
    session: Session, filters: Filters, *, person: TeamMember, settings: Settings, now: datetime
) -> RenewalsList | NoRenewals:
    """The answer to `/cs renewals`, on the day that it is for `person`."""
    today = local_date(person, now)
    names = segments(session)
    rows = queries.due(session, filters, names=names, today=today)
    until = _until(filters, today)
    scope = _scope(session, filters, names)
    if not rows:
        found = queries.next_after(session, filters, names=names, today=today) or (None, None)
        return NoRenewals(until=until, scope=scope, next_on=found[0], next_account=found[1])
    weights = settings.config.forecast
    earlier = queries.week_ago(session, filters, names=names, today=today, now=now)
    then = None
    if earlier is not None:
        before = [t for t in forecast.rolled_back(*earlier) if forecast.inside(t, filters, today)]
        then = forecast.weighted(before, weights)
    months = _groups(rows, _month(today))
    low = settings.config.thresholds.low_health
    page, pages = _page(filters, rows)
    return RenewalsList(
        until=until,
        scope=scope,
        count=len(rows),
        sums=_sums(rows, weights, then),
        categories=_groups(sorted(rows, key=_rank), lambda row: LABELS[Category(row.category)]),
        months=months,
        peak=_peak(months),
        lines=_lines(session, rows, replace(filters, page=page), today=today, now=now),
        page=page,
        pages=pages,
        turn=_turn(replace(filters, page=page), pages),
        worse=tuple(row.account for row in rows if _worse(row, low)),
        weights={label: getattr(weights, category) for category, label in LABELS.items()},
        as_of=now,
    )


def keep(
    session: Session, filters: Filters, *, person: TeamMember, settings: Settings, now: datetime
) -> Said:
    """Send what a private answer showed as a direct message, which stays; once a minute."""
    shown = overview(session, filters, person=person, settings=settings, now=now)
    if isinstance(shown, NoRenewals) or not person.slack_id:
        return Said(sentence="There is nothing to keep any more.")
    lasting = replace(shown, turn=replace(shown.turn, keep=None))
    key = f"kept:{person.id}:{filters.code()}:{now:%Y%m%d%H%M}"
    if not enqueue(session, lasting, to=person.slack_id, key=key, now=now):
        return Said(sentence="You have kept this one already.")
    return Said(sentence="Kept: it is on its way to your direct messages with me.")


def _worse(row: Row, low: int) -> bool:
    return rules.says_worse(
        category=row.category, health=row.health, critical=row.critical, low_health=low
    )


def _rank(row: Row) -> int:
    return list(Category).index(Category(row.category))


def _until(filters: Filters, today: date) -> str:
    first, last = filters.span(today)
    shown = short_day if (last - today).days < 300 else day
    return f"from {short_day(first)} to {shown(last)}" if first else f"until {shown(last)}"


def _scope(session: Session, filters: Filters, names: Sequence[str]) -> str:
    """The filters beside the window, as words."""
    parts = named_in_words(session, filters.owners, filters.segments, names)
    return ", ".join(parts + [LABELS[one] for one in filters.categories])


def _sums(rows: Sequence[Row], weights: Forecast, then: Amounts | None) -> tuple[Sum, ...]:
    expected = forecast.weighted(rows, weights)
    return tuple(
        Sum(
            due=Money(amount, currency),
            forecast=Money(expected[currency], currency),
            last_week=None if then is None else Money(then.get(currency, Decimal(0)), currency),
        )
        for currency, amount in forecast.totals(rows).items()
    )


def _groups(rows: Iterable[Row], key: Key) -> tuple[Group, ...]:
    """In the order of their first row; what lies beyond a year of months is one group."""
    sorted_out: dict[str, list[Row]] = {}
    for row in rows:
        label = key(row)
        if label not in sorted_out and len(sorted_out) >= MONTHS_MAX:
            label = LATER
        sorted_out.setdefault(label, []).append(row)
    return tuple(_group(label, members) for label, members in sorted_out.items())


def _group(label: str, rows: Sequence[Row]) -> Group:
    due = tuple(Money(amount, currency) for currency, amount in forecast.totals(rows).items())
    return Group(label=label, count=len(rows), due=due)


def _peak(months: Sequence[Group]) -> Group | None:
    """The month with most due; None where currencies differ, since they do not compare."""
    if len({money.currency for month in months for money in month.due}) != 1:
        return None
    return max(months, key=lambda month: month.due[0].amount)


def _month(today: date) -> Key:
    def label(row: Row) -> str:
        if row.due_on < today:
            return OVERDUE
        return f"{row.due_on:%B}" if row.due_on.year == today.year else f"{row.due_on:%B %Y}"

    return label


def _page(filters: Filters, rows: Sequence[Row]) -> tuple[int, int]:
    pages = -(-len(rows) // PAGE)
    return min(filters.page, pages), pages


def _lines(
    session: Session, rows: Sequence[Row], filters: Filters, *, today: date, now: datetime
) -> tuple[RenewalLine, ...]:
    key = _month(today)
    if filters.view == "owner":
        rows = sorted(rows, key=lambda row: (row.owner is None, row.owner or ""))
        key = lambda row: row.owner or NOBODY  # noqa: E731
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(key(row), []).append(row)
    start = (filters.page - 1) * PAGE
    shown = rows[start : start + PAGE]
    before = queries.health_a_week_ago(session, [row.account_id for row in shown], now=now)
    made, last = list[RenewalLine](), None
    for row in shown:
        label = key(row)
        begins = _group(label, members[label]) if label != last else None
        made.append(_line(row, before.get(row.account_id), begins, today))
        last = label
    return tuple(made)


def _line(row: Row, before: int | None, begins: Group | None, today: date) -> RenewalLine:
    return RenewalLine(
        renewal_id=row.id,
        account=row.account,
        due=Money(row.amount_due, row.currency),
        due_on=row.due_on,
        days_left=(row.due_on - today).days,
        health=row.health,
        direction=rules.direction(before=before, health=row.health),
        category=LABELS[Category(row.category)],
        owner=Person(row.owner, row.slack_id) if row.owner else None,
        next_step=row.next_step,
        next_step_on=row.next_step_on,
        begins=begins,
    )


def _turn(filters: Filters, pages: int) -> Turn:
    only_risk = filters.categories == (Category.AT_RISK,)
    first = replace(filters, page=1)
    risk = replace(first, categories=() if only_risk else (Category.AT_RISK,))
    by_owner = filters.view != "owner"
    return Turn(
        back=filters.turned(-1).code() if filters.page > 1 else None,
        onward=filters.turned(1).code() if filters.page < pages else None,
        risk=risk.code(),
        risk_label="All Categories" if only_risk else "Only at Risk",
        view=replace(first, view="owner" if by_owner else "month").code(),
        view_label="By Owner" if by_owner else "By Month",
        keep=KEEP + first.code(),
    )


def saved(result: Changed) -> RenewalSaved:
    renewal = result.renewal
    return RenewalSaved(
        account=result.account.name,
        category=LABELS[Category(renewal.category)],
        before=result.before,
        next_step=renewal.next_step,
        next_step_on=renewal.next_step_on,
        changed=result.changed,
    )
