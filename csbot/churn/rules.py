"""Why customers leave, and what may be recorded of it. Pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from csbot.errors import Refused, Wrong, all_at_once
from messages.churn import EVIDENCE_LEAST, EVIDENCE_MOST, TYPES

EARLIEST = timedelta(days=2 * 365)  # a notice older than that is a slip of the finger
FURTHEST = timedelta(days=3 * 365)


class Type(StrEnum):
    """Each with its own evidence: a reason without one is an opinion."""

    ONBOARDING = "onboarding"
    PRODUCT_GAP = "product_gap"
    VALUE_GAP = "value_gap"
    SERVICE = "service"
    PRICE_BUDGET = "price_budget"
    COMPETITOR = "competitor"
    MERGER = "merger"
    CHAMPION_LEFT = "champion_left"
    CLOSED = "closed"
    PAYMENT = "payment"
    OTHER = "other"


LABELS = {Type(one.value): one.label for one in TYPES}
EVIDENCE = {Type(one.value): one.description or "" for one in TYPES}
INVOLUNTARY = {Type.CLOSED, Type.PAYMENT}  # nobody at the customer has decided to leave
AVOIDABLE = {"yes": True, "no": False, "unknown": None}


def read_type(text: str) -> Type:
    if text not in set(Type):
        raise Refused("Choose why they leave.", field="type")
    return Type(text)


def read_avoidable(text: str) -> bool | None:
    if text not in AVOIDABLE:
        raise Refused("Choose whether it was avoidable.", field="avoidable")
    return AVOIDABLE[text]


@all_at_once
def check(
    *,
    type: Type,
    evidence: str,
    notice_on: date,
    effective_on: date,
    win_back_on: date | None,
    today: date,
) -> Wrong:
    """Refuse, at the field that is wrong, what cannot be so."""
    if len(evidence) < EVIDENCE_LEAST:
        yield Refused(f"Say what shows it. {EVIDENCE[type]}.", field="evidence")
    if len(evidence) > EVIDENCE_MOST:
        yield Refused(f"At most {EVIDENCE_MOST:,} characters.", field="evidence")
    if notice_on > today:
        yield Refused("That day is to come. When did they say so?", field="notice_on")
    if notice_on < today - EARLIEST:
        yield Refused("That is more than two years ago.", field="notice_on")
    _check_ends(notice_on, effective_on, win_back_on, today)


@all_at_once
def _check_ends(
    notice_on: date, effective_on: date, win_back_on: date | None, today: date
) -> Wrong:
    if effective_on < notice_on:
        yield Refused("They cannot be gone before they said so.", field="effective_on")
    if effective_on > today + FURTHEST:
        yield Refused("That is more than three years ahead.", field="effective_on")
    if win_back_on and win_back_on <= effective_on:
        yield Refused("Ask them back after they have left.", field="win_back_on")
    if win_back_on and win_back_on < today:
        yield Refused("That day is past. Choose today or later.", field="win_back_on")
    if win_back_on and win_back_on > today + 2 * FURTHEST:
        yield Refused("That is more than six years ahead.", field="win_back_on")


def life(since: datetime, effective_on: date) -> str:
    """Early to 90 days of life as a customer, mid to 365, then late."""
    days = (effective_on - since.date()).days
    return "early" if days <= 90 else "mid" if days <= 365 else "late"
