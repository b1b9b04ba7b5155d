"""Keeps invoices and refunds: of each the newest that was told, whatever the order."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.payments.facts import PaymentFacts
from csbot.payments.model import BillingCustomer, Payment
from csbot.payments.rules import plain_amount

FINAL = frozenset(("paid", "voided"))
# Of events of the same second the later step in an invoice's life counts.
STEPS = {"failed": 0, "refunded": 0, "written_off": 1, "voided": 2, "paid": 3}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = ("status", "amount", "currency", "at", "attempts", "next_attempt_at", "reason")
OWED = frozenset(("failed", "written_off"))


def keep(
    session: Session,
    customer: BillingCustomer,
    facts: PaymentFacts,
    *,
    as_of: datetime,
    now: datetime,
) -> bool:
    """True when this is news. `customer` is locked: nobody else writes its payments meanwhile."""
    row = session.scalar(
        select(Payment).where(
            Payment.customer_id == customer.id, Payment.external_id == facts.external_id
        )
    )
    before = row.status if row else None
    tried = row.attempts if row else 0
    if row is None:
        row = Payment(customer_id=customer.id, external_id=facts.external_id, as_of=as_of)
        session.add(row)
    elif _order(facts, as_of) <= _order(row, row.as_of):
        return False
    for name in COLUMNS:
        setattr(row, name, getattr(facts, name))
    row.as_of = as_of
    session.flush()
    verb = _verb(facts, before, tried)
    if verb:
        _record(session, customer, row, verb, tried, now)
    return True


def _order(facts: PaymentFacts | Payment, as_of: datetime) -> tuple[Any, ...]:
    """Which of two tellings counts: a total order, so that no third one is needed to decide."""
    return (
        facts.status in FINAL,
        as_of,
        STEPS[facts.status],
        facts.attempts,
        facts.amount,
        facts.at,
        facts.next_attempt_at or LONG_AGO,
        facts.currency,
        facts.reason or "",
    )


def _verb(facts: PaymentFacts, before: str | None, tried: int) -> str | None:
    """What people want to read of; that an invoice was paid in time is no news."""
    if facts.status == "failed":
        again = before == "failed" and facts.attempts <= tried
        return None if again else "billing.payment_failed"
    if facts.status == "refunded":
        return "billing.refunded"
    return f"billing.invoice_{facts.status}" if before in OWED else None


def _record(
    session: Session,
    customer: BillingCustomer,
    row: Payment,
    verb: str,
    tried: int,
    now: datetime,
) -> None:
    following = row.next_attempt_at
    audit.record(
        session,
        verb=verb,
        subject=f"payment:{row.id}",
        by=None,
        now=now,
        account=customer.account_id,
        after={
            "amount": plain_amount(row.amount),
            "currency": row.currency,
            "attempts": row.attempts if row.status == "failed" else tried,
            "next": following.date().isoformat() if following else None,
        },
    )
