"""How what billing tells reads: in the timeline, and in one line on the account's card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from messages.text import Money, clip, day, full_money, plural

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class BillingLine:
    """`mrr` is what a month brings; `failed_ago` are days since a payment failed that is still
    owed, `paid_on` is when the last one came.
    """

    mrr: Money | None
    failed_ago: int | None = None
    paid_on: date | None = None

    def words(self) -> str:
        return ", ".join(part for part in (self._month(), self._last()) if part)

    def _month(self) -> str | None:
        if self.mrr is None:
            return None
        return f"{full_money(self.mrr)} a month" if self.mrr.amount else "nothing a month now"

    def _last(self) -> str | None:
        if self.failed_ago is not None:
            ago = f"{plural(self.failed_ago, 'day')} ago" if self.failed_ago else "today"
            return f"last payment failed {ago}"
        return f"last payment on {day(self.paid_on)}" if self.paid_on else None


def billing_words(verb: str, before: Facts, after: Facts) -> str:
    """One plain sentence for an entry of the audit whose verb begins with `billing.`."""
    return WORDS[verb](before, after) if verb in WORDS else "Billing changed"


def _linked(before: Facts, after: Facts) -> str:
    return f"Billing linked: Stripe customer {after.get('customer')}"


def _mrr(before: Facts, after: Facts) -> str:
    old, new = _number(before.get("mrr")), _number(after.get("mrr"))
    currency, kind = after.get("currency"), after.get("kind")
    former = before.get("currency")
    if not kind:
        return f"MRR from {old} {former} to {new} {currency}"
    # "USD" once, behind the last number.
    start = f"{old} {currency}" if new == NOTHING else old
    end = new if new == NOTHING else f"{new} {currency}"
    size = "" if old == NOTHING else f" of {_number(after.get('amount'))}"
    return f"MRR from {start} to {end}: {kind}{size}"


def _arr(before: Facts, after: Facts) -> str:
    return f"ARR from {_number(before.get('arr'))} to {_number(after.get('arr'))}"


def _plan(before: Facts, after: Facts) -> str:
    return f"Plan changed from {_name(before.get('plan'))} to {_name(after.get('plan'))}"


def _renewal(before: Facts, after: Facts) -> str:
    old, new = before.get("renewal_on"), after.get("renewal_on")
    if "renewal_on" not in after:
        return f"Contract is for {plural(int(after['contract_months']), 'month')} now"
    return f"Renewal date changed from {_day(old)} to {_day(new)}"


def _failed(before: Facts, after: Facts) -> str:
    following = after.get("next")
    then = f"next on {_day(following)}" if following else "no further one is planned"
    attempt = max(int(after.get("attempts") or 0), 1)
    return f"Payment of {_sum(after)} failed, attempt {attempt}, {then}"


def _paid(before: Facts, after: Facts) -> str:
    tries = int(after.get("attempts") or 0)
    return f"Payment of {_sum(after)} came after {plural(tries, 'failed attempt')}"


def _sum(after: Facts) -> str:
    return f"{_number(after.get('amount'))} {after.get('currency')}"


NOTHING = "nothing"


def _number(told: Any) -> str:
    """1,200 of the audit's 1200; nothing of 0 and of what is not there."""
    amount = Decimal(told or 0)
    return f"{amount:,}" if amount else NOTHING


def _name(told: Any) -> str:
    return clip(str(told), 100) if told else NOTHING


def _day(told: Any) -> str:
    return day(date.fromisoformat(told)) if told else NOTHING


WORDS: dict[str, Callable[[Facts, Facts], str]] = {
    "billing.linked": _linked,
    "billing.mrr_changed": _mrr,
    "billing.arr_changed": _arr,
    "billing.plan_changed": _plan,
    "billing.renewal_changed": _renewal,
    "billing.payment_failed": _failed,
    "billing.invoice_paid": _paid,
    "billing.invoice_voided": lambda before, after: f"Invoice of {_sum(after)} voided",
    "billing.invoice_written_off": lambda before, after: f"Invoice of {_sum(after)} written off",
    "billing.refunded": lambda before, after: f"Refunded so far: {_sum(after)}",
    "billing.ends": lambda before, after: f"Subscription is to end on {_day(after.get('on'))}",
    "billing.noted": lambda before, after: f"Not in the MRR: {clip(str(after.get('what')), 100)}",
    "billing.trial_ends": lambda before, after: f"Trial ends on {_day(after.get('on'))}",
}
