"""What billing tells is kept, linked to its account and counted: one event at a time."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.matching import company_domain
from csbot.accounts.rules import name_key
from csbot.alerts.service import touched
from csbot.audit import AuditEntry
from csbot.db.rows import insert_once
from csbot.payments import discounts, linking, receipts, stripe
from csbot.payments.booking import book
from csbot.payments.facts import Signs, SubscriptionFacts, Told
from csbot.payments.model import BillingCustomer, SubscriptionState
from csbot.payments.rules import COUNTED
from csbot.payments.stripe_subscription import NOT_SENT
from csbot.settings import Settings

SENDER = "stripe"
NOTED = "billing.noted"


def apply(
    session: Session,
    body: Mapping[str, Any],
    *,
    settings: Settings,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Whatever the order and however often; a customer of an unknown account is kept, and linked
    when the account appears. What it says of a day stands in the timeline at `at`, when it came.
    Raises Unreadable.
    """
    at, told = at or now, stripe.read(body)
    if told is None:
        return
    customer = _customer(session, told)
    changed = _hear(session, customer, told, now)
    new = told.subscription is not None and _keep(session, customer, told, told.subscription)
    new = discounts.settle(session, customer, told) or new
    own = {customer.account_id} if customer.account_id else set()
    book(session, changed | own if new else changed, now=now)
    if new and told.subscription:
        _record_dates(session, customer, told, told.subscription, at)
    unknown = (NOT_SENT,) if discounts.missing(customer, told) else ()
    _note(session, customer, (*told.notes, *unknown), at)
    paid = told.payment is not None and receipts.keep(
        session, customer, told.payment, as_of=told.at, now=at
    )
    concerned = changed | own if new or paid else changed
    if concerned:
        touched(session, account_ids=concerned, settings=settings, now=now)


def join(session: Session, *, now: datetime) -> int:
    """Link the customers whose account has appeared since; how many they were.

    The same queries however many wait: this is asked every minute.
    """
    waiting = linking.movable(session)
    meant = linking.meant(session, waiting)
    to = {
        customer: meant[customer.id]
        for customer in waiting
        if meant.get(customer.id, customer.account_id) != customer.account_id
    }
    changed = {customer.account_id for customer in to} | set(to.values())
    linking.belong(session, to, now)
    book(session, {id for id in changed if id is not None}, now=now)
    return len(to)


def _customer(session: Session, told: Told) -> BillingCustomer:
    """Locked: two events of one customer are counted one after the other."""
    insert_once(
        session,
        BillingCustomer,
        sender=SENDER,
        external_id=told.customer,
        told={},
        as_of=told.at,
    )
    query = select(BillingCustomer).where(
        BillingCustomer.sender == SENDER, BillingCustomer.external_id == told.customer
    )
    fresh = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(fresh).one()


def _hear(session: Session, customer: BillingCustomer, told: Told, now: datetime) -> set[int]:
    """The accounts whose billing this has changed: where it belonged, and where it does now."""
    customer.as_of = max(customer.as_of, told.at)
    if told.deleted:
        customer.deleted_at = min(customer.deleted_at or told.at, told.at)
    changed: set[int] = set()
    known = linking.with_signs(customer.told, told.signs, told.at)
    if known != customer.told:
        customer.told = known
        _name(customer)
        _link(session, customer, changed, now)
    return changed


def _name(customer: BillingCustomer) -> None:
    kinds = asdict(Signs())
    newest = {kind: next(iter(linking.newest(customer.told, kind)), None) for kind in kinds}
    customer.reference = newest["reference"] or newest["mention"]
    customer.email, customer.name = newest["email"], newest["name"]
    customer.domain = company_domain(customer.email or "") or None
    customer.name_key = name_key(customer.name) if customer.name else None


def _link(session: Session, customer: BillingCustomer, changed: set[int], now: datetime) -> None:
    """To the account that its signs mean; nobody found leaves the link as it is."""
    account_id = linking.meant(session, [customer]).get(customer.id)
    if account_id is not None and account_id != customer.account_id:
        changed.update({account_id, customer.account_id or account_id})
        linking.belong(session, {customer: account_id}, now)


def _keep(
    session: Session, customer: BillingCustomer, told: Told, facts: SubscriptionFacts
) -> bool:
    """True when this event is told for the first time."""
    return insert_once(
        session,
        SubscriptionState,
        customer_id=customer.id,
        event_id=told.event_id,
        at=told.at,
        **asdict(facts),
    )


def _record_dates(
    session: Session,
    customer: BillingCustomer,
    told: Told,
    facts: SubscriptionFacts,
    now: datetime,
) -> None:
    """What people want to know ahead: the end of a trial, and that a contract was given notice."""
    if told.trial_ends and facts.trial_ends_at:
        _record(session, customer, "billing.trial_ends", facts.trial_ends_at, None, now)
    if facts.status in COUNTED and facts.ends_at and not _known_end(session, customer, told, facts):
        _record(session, customer, "billing.ends", facts.ends_at, facts.reason, now)


def _note(
    session: Session, customer: BillingCustomer, notes: Collection[str], now: datetime
) -> None:
    """What the revenue leaves out, once: every later event repeats it."""
    if not notes:
        return
    subject, entry = f"billing_customer:{customer.id}", AuditEntry
    mine = entry.account_id == customer.account_id, entry.subject == subject
    known = session.scalars(select(entry.after).where(*mine, entry.verb == NOTED)).all()
    new = [{"what": what} for what in notes if {"what": what} not in known]
    told = [
        audit.entry(
            verb=NOTED, subject=subject, by=None, now=now, account=customer.account_id, after=after
        )
        for after in new
    ]
    audit.record_all(session, told)


def _known_end(
    session: Session, customer: BillingCustomer, told: Told, facts: SubscriptionFacts
) -> bool:
    """Whether another event has told it: every later one repeats it."""
    query = select(SubscriptionState.id).where(
        SubscriptionState.customer_id == customer.id,
        SubscriptionState.subscription == facts.subscription,
        SubscriptionState.ends_at == facts.ends_at,
        SubscriptionState.event_id != told.event_id,
    )
    return session.scalar(query.limit(1)) is not None


def _record(
    session: Session,
    customer: BillingCustomer,
    verb: str,
    on: datetime,
    why: str | None,
    now: datetime,
) -> None:
    audit.record(
        session,
        verb=verb,
        subject=f"billing_customer:{customer.id}",
        by=None,
        now=now,
        account=customer.account_id,
        after={"on": on.date().isoformat()},
        why=why,
    )
