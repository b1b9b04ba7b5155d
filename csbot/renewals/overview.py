"""Puts the list of renewals together: what is due, how much will come, a page of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from csbot.accounts.choosing import named_in_words, segments
from csbot.outbox.queue import enqueue
from csbot.renewals import forecast, grouping, queries, rules
from csbot.renewals.filters import VIEWS, Filters
from csbot.renewals.forecast import OPEN, Amounts
from csbot.renewals.queries import Row
from csbot.renewals.rules import LABELS, Category
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.renewals import By, Group, NoRenewals, RenewalLine, RenewalsList, Turn
from messages.said import Said
from messages.text import Money, Person, day, short_day

PAGE = 10


def overview(
    session: Session, filters: Filters, *, person: TeamMember, settings: Settings, now: datetime
) -> RenewalsList | NoRenewals:
    """The answer to `/cs renewals`, on the day that it is for `person`."""
    today = local_date(person, now)
    names = segments(session)
    rows = queries.due(session, filters, names=names, today=today, now=now)
    until, scope = window(filters, today), said(session, filters, names)
    if not rows:
        found = queries.next_after(session, filters, names=names, today=today) or (None, None)
        return NoRenewals(until=until, scope=scope, next_on=found[0], next_account=found[1])
    likely = settings.config.forecast.model_dump()
    then = _a_week_ago(session, filters, likely, names=names, today=today, now=now)
    members = grouping.grouped(rows, filters.view, today)
    groups = grouping.groups(members, filters.view, likely)
    open_rows = [row for label in members.values() for row in label if row.status == OPEN]
    page, pages = _page(filters, open_rows)
    low = settings.config.thresholds.low_health
    return RenewalsList(
        until=until,
        scope=scope,
        count=len(rows),
        sums=grouping.sums(rows, likely, then),
        categories=grouping.categories(rows, likely),
        view=filters.view,
        groups=groups,
        peak=grouping.peak(groups) if filters.view in grouping.IN_TIME else None,
        lines=_lines(
            session, open_rows, members, likely, replace(filters, page=page), today=today, now=now
        ),
        page=page,
        pages=pages,
        turn=_turn(replace(filters, page=page), pages),
        worse=tuple(row.account for row in open_rows if _worse(row, low)),
        weights={label: likely[category] for category, label in LABELS.items()},
        as_of=now,
    )


def _a_week_ago(
    session: Session, filters: Filters, likely: dict[str, int], *, names: Sequence[str],
    today: date, now: datetime,
) -> Amounts | None:  # fmt: skip
    """The forecast of then by currency."""
    earlier = queries.week_ago(session, filters, names=names, today=today, now=now)
    if earlier is None:
        return None
    before = [t for t in forecast.rolled_back(*earlier) if forecast.inside(t, filters, today)]
    return {currency: one.forecast for currency, one in forecast.outlooks(before, likely).items()}


def keep(
    session: Session, filters: Filters, *, person: TeamMember, settings: Settings, now: datetime
) -> Said:
    """Send what a private answer showed as a direct message, which stays; once a minute."""
    shown = overview(session, filters, person=person, settings=settings, now=now)
    if isinstance(shown, NoRenewals) or not person.slack_id:
        return Said(sentence="There is nothing to keep any more.")
    lasting = replace(shown, turn=replace(shown.turn, keep=False))
    key = f"kept:{person.id}:{filters.code()}:{now:%Y%m%d%H%M}"
    if not enqueue(session, lasting, to=person.slack_id, key=key, now=now):
        return Said(sentence="You have kept this one already.")
    return Said(sentence="Kept: it is on its way to your direct messages with me.")


def _worse(row: Row, low: int) -> bool:
    """Whether the data says worse than the owner: by its signal, where there is one already."""
    if row.signal is not None:
        order = list(Category)
        return order.index(Category(row.signal)) > order.index(Category(row.category))
    return rules.says_worse(
        category=row.category, health=row.health, critical=row.critical, low_health=low
    )


def window(filters: Filters, today: date) -> str:
    """The time that `filters` look at, in words."""
    first, last = filters.span(today)
    shown = short_day if (last - today) < timedelta(days=300) else day
    return f"from {short_day(first)} to {shown(last)}" if first else f"until {shown(last)}"


def said(session: Session, filters: Filters, names: Sequence[str]) -> str:
    """The filters beside the window, as words."""
    whose = named_in_words(session, filters.owners, filters.segments, names)
    return ", ".join([*whose, *(LABELS[one] for one in filters.categories)])


def _page(filters: Filters, rows: Sequence[Row]) -> tuple[int, int]:
    pages = max(1, -(-len(rows) // PAGE))
    return min(filters.page, pages), pages


def _lines(
    session: Session,
    rows: Sequence[Row],
    members: dict[str, list[Row]],
    likely: dict[str, int],
    filters: Filters,
    *,
    today: date,
    now: datetime,
) -> tuple[RenewalLine, ...]:
    """A page of the open ones; the first of each group begins it."""
    key = grouping.by(filters.view, today)
    start = (filters.page - 1) * PAGE
    shown = rows[start : start + PAGE]
    before = queries.health_a_week_ago(session, [row.account_id for row in shown], now=now)
    made, last = list[RenewalLine](), None
    for row in shown:
        label = key(row)
        begins = grouping.group(label, members[label], likely) if label != last else None
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
