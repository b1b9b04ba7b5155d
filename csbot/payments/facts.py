"""What one event of a billing system says, whoever sent it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Signs:
    """Who a customer is, as far as an event says; `reference` is our own id of the account.

    `mention` is one, too, of an invoice or a charge: it says less than the customer's own.
    """

    reference: str | None = None
    email: str | None = None
    name: str | None = None
    mention: str | None = None


@dataclass(frozen=True)
class SubscriptionFacts:
    """The columns of SubscriptionState that come from the subscription itself."""

    subscription: str
    rank: int
    status: str
    mrr: Decimal
    arr: Decimal
    currency: str
    plan: str | None
    renews_on: date | None
    term_months: int | None
    trial_ends_at: datetime | None
    ends_at: datetime | None
    reason: str | None
    unsent: dict[str, Any] | None = None


@dataclass(frozen=True)
class PaymentFacts:
    """The columns of Payment; `as_of` is the time of the event."""

    external_id: str
    status: str
    amount: Decimal
    currency: str
    at: datetime
    attempts: int
    next_attempt_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Told:
    """`at` is when it happened there, which decides what is newest, not when it reached us.

    `notes` say in words what the revenue leaves out, `discounts` by their ids what they take off.
    """

    event_id: str
    at: datetime
    customer: str
    signs: Signs = Signs()
    deleted: bool = False
    trial_ends: bool = False
    notes: tuple[str, ...] = ()
    discounts: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    subscription: SubscriptionFacts | None = None
    payment: PaymentFacts | None = None
