"""Discounts that a subscription names by an id alone: what they take off, other events tell.

An event of the discount has its coupon, in most versions of the API; an invoice of a period has how
much each took off. Whichever comes first, the subscription's revenue follows.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.inbox.fields import found, instant, text
from csbot.payments import rules
from csbot.payments.facts import Told
from csbot.payments.model import BillingCustomer, SubscriptionState
from csbot.payments.stripe_fields import ID_MAX, OBJECT, amount, listed

RANKS = {
    "customer.discount.created": 0,
    "customer.discount.updated": 1,
    "customer.discount.deleted": 2,
}
# What the first one takes off may be for it alone, and others bill parts of a period.
PERIOD = "subscription_cycle"
KNOWN = "discounts"  # of all that was told of a customer
Terms = dict[str, Any]


def of_event(body: Any, kind: str, at: datetime) -> dict[str, Terms]:
    """By its id; nothing where the coupon, too, is but an id.

    What lasts for one invoice takes nothing off, whatever that invoice says.
    """
    held = found(body, OBJECT)
    coupon = found(held, "coupon") or found(held, "source.coupon")
    id = text(held, "id", longest=ID_MAX)
    if id is None or not isinstance(coupon, Mapping):
        return {}
    if text(coupon, "duration") == "once":
        coupon = {}
    under = f"{OBJECT}.coupon."
    ends = at if kind.endswith("deleted") else instant(held, "end")
    percent = amount(coupon, "percent_off", under=under) or Decimal(0)
    off = amount(coupon, "amount_off", under=under) or Decimal(0)
    terms = {
        "percent": str(min(max(percent, Decimal(0)), Decimal(100))),
        "off": str(max(off, Decimal(0))),
        "currency": (text(coupon, "currency", longest=10) or "").upper(),
        "ends_at": ends.isoformat() if ends else None,
        "as_of": f"1 {at.isoformat()} {RANKS[kind]}",
    }
    return {id: terms}


def of_invoice(body: Any, at: datetime) -> dict[str, Terms]:
    """What share each took off, by its id; an event of the discount itself says it better."""
    held, under = found(body, OBJECT), f"{OBJECT}.total_discount_amounts."
    whole = amount(held, "subtotal") or Decimal(0)
    if whole <= 0 or text(held, "billing_reason") != PERIOD:
        return {}
    shares = {
        text(one, "discount", longest=ID_MAX) or text(one, "discount.id", longest=ID_MAX): (
            amount(one, "amount", under=under) or Decimal(0)
        )
        / whole
        for one in listed(held, "total_discount_amounts")
    }
    as_of = f"0 {at.isoformat()}"
    return {id: {"share": str(share), "as_of": as_of} for id, share in shares.items() if id}


def settle(session: Session, customer: BillingCustomer, told: Told) -> bool:
    """Keep what is told of discounts; whether that, or what was known, changes any revenue."""
    known = _heard(customer, told.discounts)
    if not known:
        return False
    query = select(SubscriptionState).where(
        SubscriptionState.customer_id == customer.id, SubscriptionState.unsent.is_not(None)
    )
    changed = False
    for state in session.scalars(query).all():
        left = _left(state, known)
        mrr, arr = rules.to_cents(left), rules.to_cents(left * rules.MONTHS)
        changed = changed or (mrr, arr) != (state.mrr, state.arr)
        state.mrr, state.arr = mrr, arr
    return changed


def missing(customer: BillingCustomer, told: Told) -> bool:
    """Whether the subscription names one that nothing has told of so far."""
    unsent = told.subscription.unsent if told.subscription else None
    return bool(unsent) and not set((unsent or {})["ids"]) <= customer.told.get(KNOWN, {}).keys()


def _heard(customer: BillingCustomer, told: Mapping[str, Terms]) -> dict[str, Terms]:
    """All that is known now, by id: of each the best and newest word, whichever came first."""
    known: dict[str, Terms] = customer.told.get(KNOWN, {})
    news = {
        id: terms
        for id, terms in told.items()
        if id not in known or terms["as_of"] > known[id]["as_of"]
    }
    if news:
        known = {**known, **news}
        customer.told = {**customer.told, KNOWN: known}
    return known


def _left(state: SubscriptionState, known: Mapping[str, Terms]) -> Decimal:
    """A month's, not rounded."""
    unsent = state.unsent or {}
    full, single = Decimal(unsent["full"]), unsent.get("single", {})
    left = full
    for id in sorted(unsent["ids"], key=lambda id: id not in single):  # what is of all comes last
        terms = known.get(id)
        if terms is None or not _lasts(terms, state.at):
            continue
        of = single.get(id)
        same = terms.get("currency") in ("", state.currency)
        off = rules.major(Decimal(terms.get("off", 0)), state.currency) if same else Decimal(0)
        percent, share = Decimal(terms.get("percent", 0)), Decimal(terms.get("share", 0))
        base, rate = (Decimal(of["full"]) if of else left), Decimal((of or unsent)["rate"])
        left -= base * percent / 100 + off * rate + full * share
    return max(left, Decimal(0))


def _lasts(terms: Terms, at: datetime) -> bool:
    end = terms.get("ends_at")
    return end is None or datetime.fromisoformat(end) > at
