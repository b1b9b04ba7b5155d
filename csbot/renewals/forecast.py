"""What is due and how much of it will come, now and as it looked a week ago. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from csbot.renewals.filters import Filters
from csbot.renewals.rules import Category
from csbot.settings import Forecast

Amounts = dict[str, Decimal]


class Due(Protocol):
    """What counts of a renewal here."""

    @property
    def amount_due(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def category(self) -> str: ...


@dataclass(frozen=True)
class Terms:
    """A renewal as it was at some moment."""

    id: int
    due_on: date
    amount_due: Decimal
    currency: str
    category: str


@dataclass(frozen=True)
class Undo:
    """What a later change replaced: the fields that are not None."""

    renewal_id: int
    at: datetime
    category: str | None = None
    due_on: date | None = None
    amount_due: Decimal | None = None
    currency: str | None = None


def totals(items: Iterable[Due]) -> Amounts:
    """By currency, largest first: amounts of different currencies are never summed."""
    made: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        made[item.currency] += item.amount_due
    return dict(sorted(made.items(), key=lambda pair: (-pair[1], pair[0])))


def weighted(items: Iterable[Due], weights: Forecast) -> Amounts:
    """The amounts by currency, each by how likely its category makes it."""
    made: defaultdict[str, Decimal] = defaultdict(Decimal)
    likely = weights.model_dump()
    for item in items:
        made[item.currency] += item.amount_due * likely[item.category] / 100
    return dict(made)


def rolled_back(now: Sequence[Terms], undos: Sequence[Undo]) -> list[Terms]:
    """The same renewals before those changes."""
    earlier: dict[int, Terms] = {terms.id: terms for terms in now}
    for undo in sorted(undos, key=lambda one: one.at, reverse=True):
        if terms := earlier.get(undo.renewal_id):
            earlier[undo.renewal_id] = _before(terms, undo)
    return list(earlier.values())


def _before(terms: Terms, undo: Undo) -> Terms:
    return replace(
        terms,
        category=undo.category or terms.category,
        due_on=undo.due_on or terms.due_on,
        amount_due=terms.amount_due if undo.amount_due is None else undo.amount_due,
        currency=undo.currency or terms.currency,
    )


def inside(terms: Terms, filters: Filters, today: date) -> bool:
    first, last = filters.span(today)
    fits = not filters.categories or Category(terms.category) in filters.categories
    return fits and terms.due_on <= last and (first is None or terms.due_on >= first)
