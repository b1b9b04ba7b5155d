"""What billing tells: invoices, and subscriptions that end."""

from typing import Any

from sqlalchemy import BigInteger, Float, String, cast, exists, func, type_coerce
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.alerts.detectors import payments as detector
from csbot.conditions.kinds import Kind
from csbot.payments.model import BillingCustomer, Payment, SubscriptionState
from csbot.playbooks.triggers.limits import Stake
from csbot.playbooks.triggers.look import CUSTOMER, Look, Rows, Trigger, fact, rows

AFTER = aliased(SubscriptionState)


def _invoices(status: str, at: object) -> Rows:
    """Invoices over something, of customers whose account is known."""
    found = rows(
        BillingCustomer.account_id,
        at=at,
        subject=Payment.id,
        subject_id=Payment.id,
        amount=cast(type_coerce(Payment.amount, BigInteger), Float) / 100.0,
        currency=Payment.currency,
        attempts=Payment.attempts,
    )
    return (
        found.select_from(Payment)
        .join(BillingCustomer, BillingCustomer.id == Payment.customer_id)
        .join(Account, Account.id == BillingCustomer.account_id)
        .where(CUSTOMER, Payment.status == status, Payment.amount > 0)
    )


def succeeded(look: Look) -> Rows:
    return _invoices("paid", Payment.at).where(look.lately(Payment.at))


def failed(look: Look) -> Rows:
    """Each invoice once, as of the last attempt to collect it."""
    return _invoices("failed", Payment.as_of).where(look.lately(Payment.as_of))


def overdue(look: Look) -> Rows:
    """An account, once, however many invoices it owes."""
    owed = detector.owed(look.scope).order_by(None).subquery().c
    found = rows(
        owed.account_id,
        at=func.min(owed.at),
        attempts=func.max(owed.attempts),
        count=func.count(owed.id),
    )
    return found.group_by(owed.account_id)


def subscriptions(at: object, *, until: Any = "", **facts: Any) -> Rows:
    """The newest state of each subscription; what it was called is unique for its customer.

    `until` makes each end of it a cause of its own.
    """
    newer = exists().where(
        AFTER.customer_id == SubscriptionState.customer_id,
        AFTER.subscription == SubscriptionState.subscription,
        (AFTER.at > SubscriptionState.at)
        | ((AFTER.at == SubscriptionState.at) & (AFTER.rank > SubscriptionState.rank)),
    )
    subject = cast(SubscriptionState.customer_id, String) + ":" + SubscriptionState.subscription
    found = rows(
        BillingCustomer.account_id,
        at=at,
        subject=subject + until,
        plan=SubscriptionState.plan,
        reason=SubscriptionState.reason,
        **facts,
    )
    return (
        found.select_from(SubscriptionState)
        .join(BillingCustomer, BillingCustomer.id == SubscriptionState.customer_id)
        .join(Account, Account.id == BillingCustomer.account_id)
        .where(~newer)
    )


def ended(look: Look) -> Rows:
    """Also of accounts that count as churned: that is what it is about."""
    at = SubscriptionState.at
    return subscriptions(at).where(SubscriptionState.status == "canceled", look.lately(at))


INVOICE = {
    "trigger.amount": fact(Kind.NUMBER, "What it is over.", "400"),
    "trigger.currency": fact(Kind.TEXT, "In which currency.", "USD"),
    "trigger.attempts": fact(Kind.NUMBER, "How often collecting it was tried.", "3"),
}
SUBSCRIPTION = {
    "trigger.plan": fact(Kind.TEXT, "The plan it was.", "Pro"),
    "trigger.reason": fact(Kind.TEXT, "Why, where billing knows.", "cancellation_requested"),
}
TRIGGERS = (
    Trigger(
        "payment.succeeded", "event", "A customer pays an invoice.",
        succeeded, facts=INVOICE, part="payment",
    ),
    Trigger(
        "payment.failed", "event", "An invoice could not be collected.",
        failed, facts=INVOICE, part="payment",
    ),
    Trigger(
        "payment.overdue", "detector", "An account owes what could not be collected.",
        overdue, parameters=Stake,
        facts={
            "trigger.attempts": INVOICE["trigger.attempts"],
            "trigger.count": fact(Kind.NUMBER, "How many invoices it owes.", "1"),
        },
    ),
    Trigger(
        "subscription.ended", "event", "A subscription is cancelled for good.",
        ended, facts=SUBSCRIPTION,
    ),
)  # fmt: skip
