"""Reads Stripe's events, of every API version from 2016 on: what moved in them is read in both
places.

https://docs.stripe.com/api/events/types and the changelog of 2025-03-31.basil, which took the
term to the items, the subscription of an invoice to `parent`, and `charge` off the invoice.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, found, instant, need_instant, need_text, text
from csbot.inbox.fingerprint import fingerprint
from csbot.payments import discounts, rules
from csbot.payments.facts import PaymentFacts, Signs, Told
from csbot.payments.stripe_fields import ID_MAX, OBJECT, amount, currency, customer_of, whole
from csbot.payments.stripe_subscription import OF_ALL, RANKS, discounts_all, subscription

NAME_MAX = 300
INVOICES = {
    "invoice.paid": "paid",
    "invoice.payment_succeeded": "paid",
    "invoice.payment_failed": "failed",
    "invoice.voided": "voided",
    "invoice.marked_uncollectible": "written_off",
}
CUSTOMERS = frozenset(("customer.created", "customer.updated", "customer.deleted"))
TRIAL_ENDS, REFUNDED = "customer.subscription.trial_will_end", "charge.refunded"
CHECKED_OUT = "checkout.session.completed"
KINDS = frozenset((*CUSTOMERS, *RANKS, *INVOICES, *discounts.RANKS, REFUNDED, CHECKED_OUT))
REFERENCES = ("account_id", "csbot_account_id", "external_id", "client_reference_id")
OWN_NUMBER = "external_id"  # of an invoice or a charge it is the number that bookkeeping gave it


def identify(body: Body) -> tuple[str, str]:
    """Test events of the dashboard all have the id evt_00000000000000: their content tells them
    apart.
    """
    event_id = need_text(body, "id", longest=ID_MAX)
    kind = need_text(body, "type", longest=100)
    if not event_id.removeprefix("evt_").strip("0"):
        event_id = f"evt_{fingerprint(body)}"
    return event_id, kind


def read(body: Body) -> Told | None:
    """What it says; None when it does not concern us. Raises Unreadable."""
    event_id, kind = identify(body)
    if kind not in KINDS:
        return None
    if not isinstance(found(body, OBJECT), Mapping):
        raise Unreadable(OBJECT, "must be the object that the event is about")
    at = need_instant(body, "created")
    customer = _customer(body, kind)
    if customer is None:
        return None
    told = Told(event_id, at, customer, _signs(body, kind))
    return _about(told, body, kind)


def _customer(body: Body, kind: str) -> str | None:
    """A subscription always has one; an invoice, a charge or a checkout may have none."""
    if kind in CUSTOMERS:
        return need_text(body, f"{OBJECT}.id", longest=ID_MAX)
    customer = customer_of(body)
    if customer is None and kind in RANKS:
        raise Unreadable(f"{OBJECT}.customer", "must be there, as text")
    return customer


def _about(told: Told, body: Body, kind: str) -> Told:
    said: dict[str, Any] = {}
    if kind in RANKS:
        facts, notes = subscription(body, kind, told.at)
        said = {"subscription": facts, "notes": notes, "trial_ends": kind == TRIAL_ENDS}
    elif kind in INVOICES:
        taken_off = discounts.of_invoice(body, told.at)
        said = {"payment": _invoice(body, INVOICES[kind], told.at), "discounts": taken_off}
    elif kind in discounts.RANKS:
        said = {"discounts": discounts.of_event(body, kind, told.at)}
    elif kind == REFUNDED:
        said = {"payment": _refund(body, told.at)}
    elif kind == "customer.deleted":
        said = {"deleted": True}
    elif kind in CUSTOMERS and discounts_all(body, told.at):
        said = {"notes": (OF_ALL,)}
    return Told(told.event_id, told.at, told.customer, told.signs, **said)


def _signs(body: Body, kind: str) -> Signs:
    """E-mail and name stand with the customer, the invoice and the checkout, each spelled anew."""
    if kind in INVOICES:
        email, name = _email(body, "customer_email"), _name(body, "customer_name")
        return Signs(None, email, name, _mention(body))
    if kind == REFUNDED:
        return Signs(mention=_mention(body))
    reference = _reference(body, *REFERENCES)
    if kind in CUSTOMERS:
        return Signs(reference, _email(body, "email"), _name(body, "name", "description"))
    if kind == CHECKED_OUT:
        email = _email(body, "customer_details.email") or _email(body, "customer_email")
        own = text(body, f"{OBJECT}.client_reference_id", longest=ID_MAX)
        business = "customer_details.business_name", "customer_details.name"
        return Signs(own or reference, email, _name(body, *business))
    return Signs(reference)


def _mention(body: Body) -> str | None:
    return _reference(body, *(name for name in REFERENCES if name != OWN_NUMBER))


def _reference(body: Body, *names: str) -> str | None:
    """Our id of the account, as whoever built the checkout wrote it into the metadata."""
    places = (f"{OBJECT}.metadata.{name}" for name in names)
    told = (text(body, place, longest=ID_MAX) for place in places)
    return next((value for value in told if value), None)


def _email(body: Body, place: str) -> str | None:
    told = text(body, f"{OBJECT}.{place}", longest=NAME_MAX)
    return told.lower() if told and "@" in told else None


def _name(body: Body, *places: str) -> str | None:
    told = (text(body, f"{OBJECT}.{place}", longest=NAME_MAX) for place in places)
    return next((name for name in told if name), None)


def _invoice(body: Body, status: str, at: datetime) -> PaymentFacts:
    """Two events tell of one paid invoice: by the invoice's id they are one payment."""
    money = currency(body)
    due = _first(body, "status_transitions.finalized_at", "created", "date") or at
    paid = _first(body, "status_transitions.paid_at") or due
    return PaymentFacts(
        external_id=need_text(body, f"{OBJECT}.id", longest=ID_MAX),
        status=status,
        amount=rules.rounded(_invoiced(body, status), money),
        currency=money,
        at=paid if status == "paid" else due,
        attempts=whole(body, f"{OBJECT}.attempt_count"),
        next_attempt_at=_next(body) if status == "failed" else None,
        reason=_why(body) if status == "failed" else None,
    )


def _invoiced(body: Body, status: str) -> Decimal:
    """What came in, or what is owed; before 2017 an invoice told its total and no more."""
    owed = "amount_paid" if status == "paid" else "amount_remaining"
    for place in (owed, "amount_due", "total"):
        told = amount(body, f"{OBJECT}.{place}")
        if told is not None:
            return told
    raise Unreadable(f"{OBJECT}.amount_due", "must be a number")


def _first(body: Body, *places: str) -> datetime | None:
    moments = (instant(body, f"{OBJECT}.{place}") for place in places)
    return next((moment for moment in moments if moment), None)


def _next(body: Body) -> datetime | None:
    return instant(body, f"{OBJECT}.next_payment_attempt")


def _why(body: Body) -> str | None:
    """Only where the payment was sent along: the invoice alone does not say it."""
    error = f"{OBJECT}.payment_intent.last_payment_error"
    return text(body, f"{error}.decline_code", longest=100) or text(
        body, f"{error}.code", longest=100
    )


def _refund(body: Body, at: datetime) -> PaymentFacts:
    """All that was given back of a charge so far; `refunded` is false while some is kept."""
    money = currency(body)
    given = amount(body, f"{OBJECT}.amount_refunded")
    if given is None:
        raise Unreadable(f"{OBJECT}.amount_refunded", "must be a number")
    return PaymentFacts(
        external_id=need_text(body, f"{OBJECT}.id", longest=ID_MAX),
        status="refunded",
        amount=rules.rounded(given, money),
        currency=money,
        at=at,
        attempts=0,
        next_attempt_at=None,
        reason=text(body, f"{OBJECT}.refunds.data.0.reason", longest=100),
    )
