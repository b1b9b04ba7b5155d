"""Puts the list of renewals together: what is due, how much will come, a page of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy.orm import Session

from csbot.accounts.choosing import named_in_words, segments
from csbot.accounts.model import Account
from csbot.renewals import forecast, grouping, heaps, queries, rules
from csbot.renewals.filters import VIEWS, Filters
from csbot.renewals.forecast import Amounts
from csbot.renewals.queries import Row
from csbot.renewals.rules import LABELS, Category
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.renewals import By, Group, NoRenewals, RenewalLine, RenewalsList, Turn
from messages.text import Money, Person, day, short_day

PAGE, WORSE = 10, 3


def overview(
    session: Session, filters: Filters, *, person: TeamMember, settings: Settings, now: datetime
) -> RenewalsList | NoRenewals:
    """The answer to `/cs renewals`, on the day that it is for `person`."""
    today = local_date(person, now)
    names = segments(session)
    which = queries.chosen(filters, names=names, today=today, now=now)
    likely = settings.config.forecast.model_dump()
    doubted = queries.doubted(settings.config.thresholds.low_health)
    found = heaps.heaps(session, filters, likely, which, today, doubted=doubted)
    until, scope = window(filters, today), said(session, filters, names)
    if not found:
        coming = queries.next_after(session, filters, names=names, today=today) or (None, None)
        return NoRenewals(until=until, scope=scope, next_on=coming[0], next_account=coming[1])
    then = _a_week_ago(session, filters, likely, names=names, today=today, now=now)
    members = grouping.grouped(found, filters.view)
    groups = grouping.groups(members, filters.view)
    page, pages = _page(filters, grouping.open_in(found))
    worse = sum(heap.doubted for heap in found)
    named = queries.soonest(session, and_(which, doubted), most=WORSE) if worse else []
    return RenewalsList(
        until=until,
        scope=scope,
        count=heaps.accounts(session, filters, which),
        sums=grouping.sums(found, then),
        categories=grouping.categories(found),
        view=filters.view,
        groups=groups,
        peak=grouping.peak(groups) if filters.view in grouping.IN_TIME else None,
        lines=_lines(session, which, members, replace(filters, page=page), today=today, now=now),
        page=page,
        pages=pages,
        turn=_turn(replace(filters, page=page), pages),
        worse=tuple(named),
        worse_count=worse,
        weights={label: likely[category] for category, label in LABELS.items()},
        as_of=now,
    )


def _a_week_ago(
    session: Session, filters: Filters, likely: dict[str, int], *, names: Sequence[str],
    today: date, now: datetime,
) -> Amounts | None:  # fmt: skip
    """The forecast of then by currency."""
    earlier = queries.week_ago(session, filters, likely, names=names, today=today, now=now)
    if earlier is None:
        return None
    before = [
        terms
        for terms in forecast.rolled_back(earlier.changed, earlier.undos)
        if forecast.inside(terms, filters, today)
    ]
    made = defaultdict(Decimal, earlier.still)
    for currency, one in forecast.outlooks(before, likely).items():
        made[currency] += one.forecast
    return made


def window(filters: Filters, today: date) -> str:
    """The time that `filters` look at, in words."""
    first, last = filters.span(today)
    shown = short_day if (last - today) < timedelta(days=300) else day
    return f"from {short_day(first)} to {shown(last)}" if first else f"until {shown(last)}"


def said(session: Session, filters: Filters, names: Sequence[str]) -> str:
    """The filters beside the window, as words."""
    whose = named_in_words(session, filters.owners, filters.segments, names)
    return ", ".join([*whose, *(LABELS[one] for one in filters.categories)])


def _page(filters: Filters, count: int) -> tuple[int, int]:
    pages = max(1, -(-count // PAGE))
    return min(filters.page, pages), pages


def _lines(
    session: Session,
    which: ColumnElement[bool],
    members: grouping.Members,
    filters: Filters,
    *,
    today: date,
    now: datetime,
) -> tuple[RenewalLine, ...]:
    """A page of the open ones; the first of each group begins it."""
    start = (filters.page - 1) * PAGE
    within, ranks, skipped = _around(members, filters.view, start)
    shown = queries.page(
        session, and_(which, within), ranks, start=start - skipped, size=PAGE,
        by_owner=filters.by_owner,
    )  # fmt: skip
    before = queries.health_a_week_ago(session, [row.account_id for row in shown], now=now)
    made, last = list[RenewalLine](), None
    for row in shown:
        label = grouping.label(row, filters.view, today)
        begins = grouping.group(label, members[label]) if label != last else None
        made.append(_line(row, before.get(row.account_id), begins, today))
        last = label
    return tuple(made)


def _around(
    members: grouping.Members, view: str, start: int
) -> tuple[ColumnElement[bool], list[ColumnElement[bool]], int]:
    """The groups that a page from `start` on touches, in order, and how many come before them."""
    if view in grouping.IN_TIME:
        return true(), [], 0
    column = Account.owner_id if view == "owner" else Account.segment
    ranks, passed, skipped = list[ColumnElement[bool]](), 0, 0
    for found in members.values():
        count = grouping.open_in(found)
        if passed + count <= start:
            skipped += count
        elif passed < start + PAGE:
            values = {heap.parts[0] for heap in found}
            ranks.append(or_(column.in_(values - {None}), *[column.is_(None)] * (None in values)))
        passed += count
    return or_(false(), *ranks), ranks, skipped


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
        signal=LABELS[Category(row.signal)] if row.signal not in (None, row.category) else None,
        owner=Person(row.owner, row.slack_id) if row.owner else None,
        next_step=row.next_step,
        next_step_on=row.next_step_on,
        begins=begins,
    )


def _turn(filters: Filters, pages: int) -> Turn:
    only_risk = filters.categories == (Category.AT_RISK,)
    first = replace(filters, page=1)
    risk = replace(first, categories=() if only_risk else (Category.AT_RISK,))
    offered = [view for view in VIEWS if view not in (filters.view, "quarter")][:2]
    return Turn(
        back=filters.turned(-1).code() if filters.page > 1 else None,
        onward=filters.turned(1).code() if filters.page < pages else None,
        risk=risk.code(),
        risk_label="All Categories" if only_risk else "Only at Risk",
        views=tuple(By(view, replace(first, view=view).code()) for view in offered),
        code=first.code(),
        keep=True,
    )
