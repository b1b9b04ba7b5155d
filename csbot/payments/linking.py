"""Which account a billing customer belongs to: by all that was ever told of it.

Our own id of an account decides before every address and name: first one that a customer, a
subscription or a checkout has, then one of an invoice or a charge. After that the newest address
and name decide, then those before them. Two accounts that fit are doubt, and doubt is no match.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    Label,
    Select,
    String,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot import audit
from csbot.accounts.matching import company_domain
from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.alerts.among import among
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.payments.facts import Signs
from csbot.payments.model import BillingCustomer, Payment

KEPT = 20  # of each kind of sign, the newest
REFERENCES = ("reference", "mention")
Column = InstrumentedAttribute[Any]
COLUMNS: dict[str, tuple[Column, Column]] = {
    "reference": (Account.external_id, Account.id),
    "mention": (Account.external_id, Account.id),
    "email": (Contact.email, Contact.account_id),
    "domain": (Account.domain, Account.id),
    "name_key": (Account.name_key, Account.id),
}
Told = Mapping[str, Any]
Fits = dict[tuple[str, str], set[int]]


def with_signs(told: Told, signs: Signs, at: datetime) -> dict[str, Any]:
    """Each sign with the newest time it was told, the newest few: a union, so order is nothing.

    Beside addresses and names stands what accounts are found by.
    """
    known = {kind: dict(values) for kind, values in told.items()}
    for kind, value in asdict(signs).items():
        if value:
            values = known.setdefault(kind, {})
            values[value] = max(values.get(value, ""), at.isoformat())
            known[kind] = {name: values[name] for name in newest(known, kind)}
    for kind, of, found_by in (("domain", "email", company_domain), ("name_key", "name", name_key)):
        keys = {found_by(value): known[of][value] for value in reversed(newest(known, of))}
        keys.pop("", None)
        if keys:
            known[kind] = keys
    return known


def newest(told: Told, kind: str) -> list[str]:
    values: Mapping[str, str] = told.get(kind, {})
    return sorted(values, key=lambda value: (values[value], value), reverse=True)[:KEPT]


def movable(session: Session) -> list[BillingCustomer]:
    """Locked: those without an account that a sign may mean now, and those at another one than
    a reference of theirs names.
    """
    queries = []
    for kind in COLUMNS:
        held = BillingCustomer.account_id
        account_id = COLUMNS[kind][1]
        apart = held.is_distinct_from(account_id) if kind in REFERENCES else held.is_(None)
        queries.append(_fitting(kind, BillingCustomer.id).where(apart))
    ids = session.scalars(select(union_all(*queries).subquery().c.id).distinct()).all()
    query = select(BillingCustomer).where(among(session, BillingCustomer.id, ids))
    fresh = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(fresh.order_by(BillingCustomer.id)))


def meant(session: Session, customers: Collection[BillingCustomer]) -> dict[int, int]:
    """The accounts of those customers that mean one."""
    if not customers:
        return {}
    session.flush()
    chosen = among(session, BillingCustomer.id, [customer.id for customer in customers])
    fits: Fits = {}
    queries = (_fitting(kind).where(chosen) for kind in COLUMNS)
    for kind, value, account_id in session.execute(union_all(*queries)):
        fits.setdefault((kind, value), set()).add(account_id)
    found = ((customer.id, _meant(customer.told, fits)) for customer in customers)
    return {id: account_id for id, account_id in found if account_id is not None}


def belong(session: Session, to: Mapping[BillingCustomer, int], now: datetime) -> None:
    """With what was recorded of them while they had no account: it stands in the timeline then."""
    for customer, account_id in to.items():
        customer.account_id = account_id
    if to:
        _take_along(session, [customer.id for customer in to])
    entries = [
        audit.entry(
            verb="billing.linked",
            subject=f"billing_customer:{customer.id}",
            by=None,
            now=now,
            account=account_id,
            after={"customer": customer.external_id},
        )
        for customer, account_id in to.items()
    ]
    audit.record_all(session, entries)


def _take_along(session: Session, customer_ids: Collection[int]) -> None:
    session.flush()
    customer, payment, entry = BillingCustomer, Payment, AuditEntry
    chosen = among(session, customer.id, customer_ids)
    theirs = select(_subject("billing_customer", customer.id), customer.account_id).where(chosen)
    paid = select(_subject("payment", payment.id), customer.account_id)
    about = union_all(
        theirs, paid.join(customer, customer.id == payment.customer_id).where(chosen)
    ).subquery()
    session.execute(
        update(entry)
        .where(entry.account_id.is_(None), entry.subject == about.c.subject)
        .values(account_id=about.c.account_id)
        .execution_options(synchronize_session=False)
    )


def _subject(noun: str, id: Column) -> Label[str]:
    return (literal(f"{noun}:") + cast(id, String)).label("subject")


def _fitting(kind: str, *first: Column) -> Select[*tuple[Any, ...]]:
    """Every sign of this kind beside the accounts that have it."""
    column, account_id = COLUMNS[kind]
    sign = func.json_each(BillingCustomer.told[kind]).table_valued("key", name=f"told_{kind}")
    return (
        select(*first, literal(kind, String).label("kind"), sign.c.key, account_id.label("account"))
        .select_from(BillingCustomer)
        .join(sign, true())
        .join(column.class_, column == sign.c.key)
    )


def _meant(told: Told, fits: Fits) -> int | None:
    """The surest sign that says anything decides."""
    for signs in _rounds(told):
        found: set[int] = next((fits[sign] for sign in signs if sign in fits), set())
        if len(found) == 1:
            return next(iter(found))
    return None


def _rounds(told: Told) -> Iterator[list[tuple[str, str]]]:
    for kind in REFERENCES:
        yield from ([(kind, value)] for value in newest(told, kind))
    for email, name in zip_longest(newest(told, "email"), newest(told, "name"), fillvalue=""):
        yield [("email", email), ("domain", company_domain(email)), ("name_key", name_key(name))]
