"""Invoices that could not be collected, until they are paid or given up: one alert an account."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import STAKE, Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.scope import Scope
from csbot.payments.model import BillingCustomer, Payment
from messages.text import Money, full_money, near_day


def find(scope: Scope) -> Iterator[Finding]:
    rows = scope.session.execute(owed(scope))
    for account_id, several in groupby(rows, key=lambda row: row.account_id):
        yield _finding(scope, account_id or 0, list(several))


def owed(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Each invoice, account by account."""
    return scope.narrow(_failed(), Account.id)


@cache
def _failed() -> Select[*tuple[Any, ...]]:
    return (
        select(
            BillingCustomer.account_id, Payment.id, Payment.amount, Payment.currency, Payment.at,
            Payment.attempts, Payment.next_attempt_at, Account.arr, Account.health,
            Account.owner_id,
        )
        .join(BillingCustomer, BillingCustomer.id == Payment.customer_id)
        .join(Account, Account.id == BillingCustomer.account_id)
        .where(
            Payment.status == "failed",
            Payment.amount > 0,
            Account.lifecycle_stage != "churned",
        )
        .order_by(BillingCustomer.account_id, Payment.at, Payment.id)
    )  # fmt: skip


def _finding(scope: Scope, account_id: int, owed: Sequence[Any]) -> Finding:
    first = owed[0]
    since = first.at.astimezone(scope.zone(None)).date()
    evidence = _evidence(owed) | {"days": max(0, (scope.today() - since).days)}
    stake = rules.at_stake(first.arr, first.health, scope.limits)
    severity = rules.payment(
        attempts=evidence["attempts"], last=evidence["next_attempt_at"] is None, stake=stake
    )
    level = rules.RANK[severity]
    look = seen(level, first.owner_id, *evidence.values(), first.arr, first.health, scope.today())
    return Finding(account_id, "", severity, first.at, evidence, first.owner_id, level, look)


def _evidence(owed: Sequence[Any]) -> dict[str, Any]:
    """Sums are of the dearest invoice's currency; the next attempt is that which comes first."""
    currency = max(owed, key=lambda row: (row.amount, row.currency)).currency
    following = [row.next_attempt_at for row in owed if row.next_attempt_at]
    return {
        "amount": [str(sum(row.amount for row in owed if row.currency == currency)), currency],
        "payments": [row.id for row in owed],
        "attempts": max(row.attempts for row in owed),
        "next_attempt_at": min(following).isoformat() if following else None,
    }


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """What became of the invoices that the alert names; a payment tells more than a write-off."""
    alerts = {id: alert for alert in gone for id in alert.evidence["payments"]}
    rows = scope.session.execute(
        select(
            Payment.id, Payment.status, Payment.at, Payment.amount, Payment.currency,
            BillingCustomer.account_id,
        )
        .join(BillingCustomer, BillingCustomer.id == Payment.customer_id)
        .where(scope.among(Payment.id, alerts))
        .order_by(Payment.status != "paid", Payment.at.desc(), Payment.id)
    )  # fmt: skip
    endings: Endings = {}
    for row in rows:
        ending = _ending(scope, alerts[row.id], row)
        if ending:
            endings.setdefault(alerts[row.id].id, ending)
    return endings


def _ending(scope: Scope, alert: Gone, row: Any) -> Ending | None:
    """None while the account owes it: then it is not the invoice's doing."""
    if row.status == "failed":
        return None if row.account_id == alert.account_id else MOVED
    if row.status == "paid":
        day = near_day(row.at.astimezone(scope.zone(None)).date(), scope.today())
        return Ending("paid", f"{full_money(Money(row.amount, row.currency))} came on {day}.")
    return ENDINGS.get(row.status)


ENDINGS = {
    "voided": Ending("voided", "The invoice was voided."),
    "written_off": Ending("written_off", "The invoice was written off."),
}
MOVED = Ending("moved", "The invoice belongs to another account now.")
DETECTOR = Detector(
    "payment_failed", "payment.overdue", find, because, customers_only=True, parameters=STAKE
)
