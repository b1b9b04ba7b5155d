"""What is due and how much of it will come, now and as it looked a week ago. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from csbot.renewals.filters import Filters
from csbot.renewals.rules import Category

OPEN = "open"
KEPT = ("won", "renewed")
CLOSED = (*KEPT, "lost")
ZERO = Decimal(0)
Amounts = dict[str, Decimal]


class Due(Protocol):
    """What counts of a renewal here."""

    @property
    def amount_due(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...


class Item(Due, Protocol):
    """An open renewal with what its owner expects, or a closed one with what was signed for as
    many months as were due.
    """

    @property
    def category(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def forecast_amount(self) -> Decimal | None: ...
    @property
    def final_amount(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Terms:
    """A renewal as it was at some moment."""

    id: int
    due_on: date
    amount_due: Decimal
    currency: str
    category: str
    status: str = OPEN
    forecast_amount: Decimal | None = None
    final_amount: Decimal | None = None


@dataclass(frozen=True)
class Undo:
    """What a later change replaced: the fields that are not None."""

    renewal_id: int
    at: datetime
    category: str | None = None
    due_on: date | None = None
    amount_due: Decimal | None = None
    currency: str | None = None


@dataclass
class Outlook:
    """What one currency comes to. `rest` is what is neither closed nor commit; both are weighted.

    `closed` is what was due of all that is closed, `signed` what was signed for it.
    """

    due: Decimal = ZERO
    won: Decimal = ZERO
    commit: Decimal = ZERO
    rest: Decimal = ZERO
    closed: Decimal = ZERO
    signed: Decimal = ZERO

    @property
    def forecast(self) -> Decimal:
        return self.won + self.commit + self.rest

    def count(
        self, *, status: str, category: str, due: Decimal, expected: Decimal, signed: Decimal
    ) -> None:
        self.due += due
        if status != OPEN:
            self.won += expected
            self.closed += due
            self.signed += signed
        elif category == Category.COMMIT:
            self.commit += expected
        else:
            self.rest += expected


def outlooks(items: Iterable[Item], likely: Mapping[str, int]) -> dict[str, Outlook]:
    """By currency, the most due first."""
    made: defaultdict[str, Outlook] = defaultdict(Outlook)
    for item in items:
        made[item.currency].count(
            status=item.status,
            category=item.category,
            due=item.amount_due,
            expected=expected(item, likely),
            signed=ZERO if item.status == OPEN else signed(item),
        )
    return largest_first(made)


def largest_first(found: Mapping[str, Outlook]) -> dict[str, Outlook]:
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].due, pair[0])))


def totals(items: Iterable[Due]) -> Amounts:
    """By currency, largest first: amounts of different currencies are never summed."""
    made: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        made[item.currency] += item.amount_due
    return dict(sorted(made.items(), key=lambda pair: (-pair[1], pair[0])))


def expected(item: Item, likely: Mapping[str, int]) -> Decimal:
    """What is counted on of the amount due; what goes beyond that is no renewal but an upsell.

    Open: the smaller of the owner's amount and the amount due, by how likely its category is, in
    per cent. Closed: the smaller of what was signed and the amount due, in full.
    """
    if item.status != OPEN:
        return min(signed(item), item.amount_due)
    whole = item.amount_due
    if item.forecast_amount is not None:
        whole = min(item.forecast_amount, whole)
    return whole * likely[item.category] / 100


def signed(item: Item) -> Decimal:
    """Of a closed renewal; where only the account's date went on, the amount due."""
    if item.status not in KEPT:
        return ZERO
    return item.amount_due if item.final_amount is None else item.final_amount


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
    if terms.status != OPEN:
        first = first or today
    fits = not filters.categories or Category(terms.category) in filters.categories
    return fits and terms.due_on <= last and (first is None or terms.due_on >= first)
