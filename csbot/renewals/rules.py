"""What a renewal's category means and what may be done to it. Pure."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from csbot.errors import Refused

NEXT_STEP_MAX, REASON_MAX = 300, 500
A_TERM = timedelta(days=150)  # contracts of half a year and more; a delay is shorter
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


def read_category(text: str) -> Category:
    if text not in set(Category):
        raise Refused("Choose one of the categories.", field="category")
    return Category(text)


def amount_due(*, arr: Decimal | None, contract_months: int) -> Decimal:
    """What the coming contract is worth: its months' share of a year's revenue; 0 when unknown."""
    share = (arr or Decimal(0)) * contract_months / 12
    return share.quantize(Decimal("0.01"), ROUND_HALF_UP)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of a month that is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def is_next_term(*, before: date, after: date | None) -> bool:
    """Whether a date that went from `before` to `after` is another contract's."""
    return after is not None and after - before >= A_TERM


def says_worse(*, category: str, health: int | None, critical: bool, low_health: int) -> bool:
    """Whether the account's data contradicts a confident owner."""
    ailing = health is not None and health < low_health
    return category in CONFIDENT and (ailing or critical)


def direction(*, before: int | None, health: int | None) -> str | None:
    """Where health went since last week; None when nobody knows."""
    if before is None or health is None:
        return None
    if health - before <= -FALLING:
        return "falling"
    return "rising" if health - before >= FALLING else "steady"


def check_change(
    *,
    before: str,
    category: Category,
    seen: str | None,
    reason: str | None,
    next_step: str | None,
    next_step_on: date | None,
    today: date,
) -> None:
    """Refuse a change that lacks its reason, its step, or rests on what is no longer so."""
    if seen is not None and before not in (seen, category):
        held = LABELS[Category(before)]
        raise Refused(f"Somebody set this to {held} meanwhile. Open it again.", field="category")
    if category != before and not reason:
        raise Refused("Say in a few words why the category changes.", field="reason")
    if next_step_on and not next_step:
        raise Refused("Say what is to happen by that date.", field="next_step")
    if next_step_on and next_step_on < today:
        raise Refused("That date has passed. Choose today or later.", field="next_step_on")
