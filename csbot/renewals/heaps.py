"""Renewals added up by the database: however many there are, a few rows come back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, extract, func, literal, literal_column, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.renewals import amounts
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import OPEN, Outlook, largest_first
from csbot.renewals.model import Renewal
from csbot.team.model import TeamMember

OVERDUE, NOBODY, NOWHERE = "Overdue", "No owner", "No segment"


@dataclass(frozen=True)
class Heap:
    """Renewals of one group that are alike in status, category and currency.

    `parts` are what its rows have in common: year and month, an owner's id, a segment's name. Of
    `doubted` the data says worse than the owner.
    """

    label: str
    parts: tuple[Any, ...]
    status: str
    category: str
    currency: str
    count: int
    due: Decimal
    expected: Decimal
    signed: Decimal
    doubted: int = 0


def heaps(
    session: Session, filters: Filters, likely: Mapping[str, int], which: ColumnElement[bool],
    today: date, *, doubted: ColumnElement[bool] | None = None,
) -> list[Heap]:  # fmt: skip
    """One query by the view of `filters`, one for owners' names; `which` is what they choose.

    How many are `doubted` is counted with them, since to go through all again takes as long.
    """
    view = filters.view
    columns = _columns(view, today)
    parts = (*columns, Renewal.status, Renewal.category, Renewal.currency)
    doubts = literal(0) if doubted is None else case((doubted, 1), else_=0)
    sums = (doubts, amounts.due(), amounts.expected(likely), amounts.signed())
    query = select(*parts, func.count(), *(func.sum(one) for one in sums)).select_from(Renewal)
    by_account = view in ("owner", "segment")
    if filters.of_accounts or by_account:  # otherwise all would be looked up for nothing
        query = query.join(Account, Account.id == Renewal.account_id)
    found = session.execute(query.where(which).group_by(*parts))
    # Not joined: a name would be looked up for each renewal instead of for each owner.
    names = _names(session) if view == "owner" else {}
    size = len(columns)
    return [
        Heap(
            label=_label(view, row[:size], row[size], today, names),
            parts=tuple(row[:size]),
            status=row[size],
            category=row[size + 1],
            currency=row[size + 2],
            count=row[size + 3],
            doubted=row[size + 4],
            due=amounts.money(row[-3]),
            expected=amounts.weighed(row[-2]),
            signed=amounts.money(row[-1]),
        )
        for row in found
    ]


def accounts(session: Session, filters: Filters, which: ColumnElement[bool]) -> int:
    """How many these are of: who pays by the month has several in a window."""
    query = select(func.count(Renewal.account_id.distinct()))
    if filters.of_accounts:
        query = query.join(Account, Account.id == Renewal.account_id)
    return session.scalar(query.where(which)) or 0


def _columns(view: str, today: date) -> tuple[Any, ...]:
    if view == "owner":
        return (Account.owner_id,)
    if view == "segment":
        return (Account.segment,)
    # Inline: PostgreSQL does not see that two parameters are one expression.
    passed = Renewal.due_on < literal_column(f"'{today:%Y-%m-%d}'")
    return extract("year", Renewal.due_on), extract("month", Renewal.due_on), passed


def _names(session: Session) -> dict[int | None, str]:
    return {id: name for id, name in session.execute(select(TeamMember.id, TeamMember.name))}


def _label(
    view: str, parts: Sequence[Any], status: str, today: date, names: Mapping[int | None, str]
) -> str:
    if view == "owner":
        return names.get(parts[0], NOBODY)
    if view == "segment":
        return str(parts[0] or NOWHERE)
    year, month, passed = parts
    if passed and status == OPEN:
        return OVERDUE
    first = date(int(year), int(month), 1)
    return month_of(first, today) if view == "month" else quarter_of(first)


def month_of(day: date, today: date) -> str:
    return f"{day:%B}" if day.year == today.year else f"{day:%B %Y}"


def quarter_of(day: date) -> str:
    return f"Q{(day.month + 2) // 3} {day.year}"


def outlooks(found: Iterable[Heap]) -> dict[str, Outlook]:
    """By currency, the most due first."""
    made: defaultdict[str, Outlook] = defaultdict(Outlook)
    for heap in found:
        made[heap.currency].count(
            status=heap.status,
            category=heap.category,
            due=heap.due,
            expected=heap.expected,
            signed=heap.signed,
        )
    return largest_first(made)
