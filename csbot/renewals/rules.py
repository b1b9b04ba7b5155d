"""What a renewal's category means and what may be done to it. Pure."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import partial
from hashlib import blake2s

from csbot.errors import Refused, Wrong, all_at_once, tried
from messages.text import Money, full_money, plural

NEXT_STEP_MAX, REASON_MAX, INCENTIVE_MAX, MONTHS_MAX = 300, 500, 300, 120
WINDOWS = {"enterprise": (120, 90, 60, 30)}
OTHER_WINDOWS = (90, 60, 30)  # days before the contract ends, as the library's playbooks have them
A_TERM = timedelta(days=150)  # contracts of half a year and more; a delay is shorter
APART = 2  # categories between a call and the data that somebody should talk about
ODD, ABSURD = 20, 100  # times what is due: asked about, and refused
FALLING = 3  # points of health in a week that are more than noise


class Category(StrEnum):
    """How sure the team is of a renewal, surest first."""

    COMMIT = "commit"
    PROBABLE = "probable"
    BEST_CASE = "best_case"
    AT_RISK = "at_risk"


LABELS = {
    Category.COMMIT: "commit",
    Category.PROBABLE: "probable",
    Category.BEST_CASE: "best case",
    Category.AT_RISK: "at risk",
}
CONFIDENT = {Category.COMMIT, Category.PROBABLE}


@dataclass(frozen=True)
class Plan:
    """What a person decides of an open renewal; None is nothing decided.

    `forecast_amount` is what is expected to come, `offered_months` the length of what is offered.
    """

    category: str
    next_step: str | None = None
    next_step_on: date | None = None
    forecast_amount: Decimal | None = None
    incentive: str | None = None
    offered_months: int | None = None

    def mark(self) -> str:
        """A short text that is another one once anything of it has changed."""
        amount = None if self.forecast_amount is None else f"{self.forecast_amount:.2f}"
        parts = (str(self.category), self.next_step, self.next_step_on, amount, self.incentive,
                 self.offered_months)  # fmt: skip
        return blake2s(repr(parts).encode(), digest_size=6).hexdigest()


def windows(*, process: str, segment: str | None) -> tuple[int, ...]:
    """How many days before its end each stretch of work on a contract begins, the first first."""
    return WINDOWS.get((segment or "").casefold(), WINDOWS.get(process, OTHER_WINDOWS))


def read_category(text: str) -> Category:
    if text not in set(Category):
        raise Refused("Choose one of the categories.", field="category")
    return Category(text)


def amount_due(*, arr: Decimal | None, contract_months: int) -> Decimal:
    """What the coming contract is worth: its months' share of a year's revenue; 0 when unknown."""
    share = (arr or Decimal(0)) * contract_months / 12
    return share.quantize(Decimal("0.01"), ROUND_HALF_UP)


def add_months(day: date, months: int, *, anchor: int = 0) -> date:
    """The same day so many months later, or the last of a month that is shorter.

    `anchor` is the day of the month that is meant, where `day` itself is such a last one.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(anchor or day.day, monthrange(year, month)[1]))


def anchor(terms: Iterable[tuple[date, int]], day: date) -> int:
    """The day of the month that a contract goes by which ends on `day`: the 31st also in February.

    `terms` are the days that earlier ones ended on, in order, and the months of what followed.
    """
    meant, expected = 0, None
    for ended, months in terms:
        meant = meant if ended == expected else ended.day
        expected = add_months(ended, months, anchor=meant)
    return meant if day == expected else day.day


def a_year(*, amount: Decimal, months: int) -> Decimal:
    """What a contract of so many months brings in twelve, to the cent."""
    return of_term(amount, months=months, new=12)


def of_term(amount: Decimal, *, months: int, new: int) -> Decimal:
    """What `amount` for `months` is for `new` ones, to the cent."""
    return (amount * new / months).quantize(Decimal("0.01"), ROUND_HALF_UP)


def apart(*, category: str, signal: str) -> bool:
    """Whether a person's call and the data differ by two categories or more, either way."""
    order = list(Category)
    return abs(order.index(Category(category)) - order.index(Category(signal))) >= APART


def is_next_term(*, before: date, after: date | None) -> bool:
    """Whether a date that went from `before` to `after` is another contract's."""
    return after is not None and after - before >= A_TERM


def direction(*, before: int | None, health: int | None) -> str | None:
    """Where health went since last week; None when nobody knows."""
    if before is None or health is None:
        return None
    if health - before <= -FALLING:
        return "falling"
    return "rising" if health - before >= FALLING else "steady"


@all_at_once
def check_change(
    before: Plan,
    wanted: Plan,
    *,
    seen: str | None,
    mark: str | None,
    reason: str | None,
    today: date,
    due: Money,
) -> Wrong:
    """Refuse a change that lacks its reason, its step, or rests on what is no longer so."""
    if seen is not None and before.category not in (seen, wanted.category):
        held = LABELS[Category(before.category)]
        yield Refused(f"Somebody set this to {held} meanwhile. Open it again.", field="category")
    if mark is not None and before.mark() != mark:
        yield Refused("Somebody changed this renewal meanwhile. Open it again.", field="category")
    if wanted.category != before.category and not reason:
        yield Refused("Say in a few words why the category changes.", field="reason")
    if wanted.next_step_on and not wanted.next_step:
        yield Refused("Say what is to happen by that date.", field="next_step")
    moved = wanted.next_step_on != before.next_step_on
    if moved and wanted.next_step_on and wanted.next_step_on < today:
        yield Refused("That date has passed. Choose today or later.", field="next_step_on")
    if wanted.forecast_amount is not None and wanted.forecast_amount != before.forecast_amount:
        yield from tried(
            partial(check_amount, wanted.forecast_amount, due=due, field="forecast_amount")
        )
    if wanted.offered_months is not None:
        check_months(wanted.offered_months, field="offer")


def check_months(months: int, *, field: str) -> None:
    if not 1 <= months <= MONTHS_MAX:
        raise Refused(f"A contract is 1 to {plural(MONTHS_MAX, 'month')} long.", field=field)


def is_odd(amount: Decimal, *, due: Decimal) -> bool:
    """Whether an amount is so far from what is due that a slip is likelier than a contract."""
    return due > 0 and not due / ODD <= amount <= due * ODD


def check_amount(amount: Decimal, *, due: Money, field: str) -> None:
    if due.amount > 0 and amount > due.amount * ABSURD:
        raise Refused(
            f"That is {amount / due.amount:,.0f} times what is due, {full_money(due)}. "
            "Write it in full, like 52000.",
            field=field,
        )
