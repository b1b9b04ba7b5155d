"""Which account billing's customers belong to, whatever comes first: they, their signs, or it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.payments import service
from csbot.renewals.model import Renewal
from csbot.renewals.sync import sync
from tests.builders import MONDAY, account, contact
from tests.payloads import stripe
from tests.payloads.stripe import price
from tests.unit.test_payments import SUB, Billing

YEARLY = price(480_000, interval="year", nickname="Scale")
STRANGER: dict[str, Any] = {"email": "pay@later.example", "name": None}


@pytest.fixture
def billing(sessions: sessionmaker[Session]) -> Iterator[Billing]:
    with sessions.begin() as session:
        yield Billing(session)


def joined(billing: Billing) -> int:
    found = service.join(billing.session, now=MONDAY)
    billing.session.flush()
    billing.session.expire_all()
    return found


def europe(billing: Billing) -> Any:
    return billing.add(account("Quietwater EU", external_id="EU-1", domain="qw.example", arr=None))


@pytest.mark.parametrize("name", ["external_id", "account_id"])
@pytest.mark.parametrize("number", ["INV-2026-0017", "QW-1"])
def test_the_number_on_an_invoice_does_not_move_its_customer(
    billing: Billing, name: str, number: str
) -> None:
    eu = europe(billing)
    billing.customer(metadata={"account_id": "EU-1"})
    billing.created()
    numbered = {name: number}
    paid = stripe.invoice(paid=True, metadata=numbered)
    billing.tell("invoice.paid", paid, "2026-02-05")
    refund = stripe.charge(5_000) | {"metadata": numbered}
    billing.tell("charge.refunded", refund, "2026-02-06")
    assert billing.linked() == eu.id
    assert (billing.revenue(eu), billing.revenue()) == ([("2026-01-05", 400, "stripe")], [])


def test_our_id_on_an_invoice_says_more_than_an_address_and_its_own_number_nothing(
    billing: Billing,
) -> None:
    eu = europe(billing)
    billing.customer()
    numbered = stripe.invoice(paid=True, metadata={"external_id": "EU-1"})
    billing.tell("invoice.paid", numbered, "2026-02-05")
    assert billing.linked() == billing.account.id
    named = stripe.invoice(paid=True, metadata={"account_id": "EU-1"})
    billing.tell("invoice.paid", named, "2026-03-05")
    assert billing.linked() == eu.id


def test_a_number_of_nobody_on_a_subscription_leaves_the_id_that_names_an_account(
    billing: Billing,
) -> None:
    billing.customer(metadata={"account_id": "EU-1"})
    billing.created(metadata={"external_id": "SO-77"})
    eu = europe(billing)
    assert joined(billing) == 1
    assert billing.linked() == eu.id
    billing.tell("customer.updated", stripe.customer(), "2026-02-01")
    assert billing.linked() == eu.id


def test_an_id_whose_account_comes_later_takes_the_customer_from_where_its_domain_led(
    billing: Billing,
) -> None:
    billing.customer(metadata={"account_id": "EU-1"})
    billing.created()
    assert billing.linked() == billing.account.id
    assert joined(billing) == 0
    eu = europe(billing)
    assert joined(billing) == 1
    assert billing.linked() == eu.id
    assert (billing.revenue(eu), billing.revenue()) == ([("2026-01-05", 400, "stripe")], [])
    assert joined(billing) == 0


EARLIER: list[tuple[str, Any]] = [
    ("a domain", {"email": "pay@later.example", "name": None}),
    ("a contact's address", {"email": "ann@customer.example", "name": None}),
    ("a name", {"email": None, "name": "LATER  Ltd"}),
    ("our id", {"email": None, "name": None, "metadata": {"account_id": "L-1"}}),
]


@pytest.mark.parametrize(("by", "held"), EARLIER)
def test_what_was_told_before_the_newest_finds_an_account_that_comes_later(
    billing: Billing, by: str, held: Any
) -> None:
    billing.customer(id="cus_9", **held)
    bookkeeper = stripe.customer(id="cus_9", email="books@gmail.com", name="Books & Co")
    billing.tell("customer.updated", bookkeeper, "2026-01-06")
    assert joined(billing) == 0
    later = billing.add(account("Later Ltd", domain="later.example", external_id="L-1"))
    billing.add(contact(later.id))
    assert joined(billing) == 1, by
    assert billing.linked("cus_9") == later.id


def test_free_mail_leads_to_nobody_even_where_an_account_has_its_domain(billing: Billing) -> None:
    billing.add(account("Somebody", domain="gmail.com"))
    billing.customer(id="cus_9", email="books@gmail.com", name=None)
    assert (joined(billing), billing.linked("cus_9")) == (0, None)


def test_joining_takes_the_same_statements_however_many_come(billing: Billing) -> None:
    def come(many: int) -> int:
        for one in range(many):
            of, name = f"cus_{many}_{one}", f"L{many}x{one}"
            billing.customer(id=of, email=f"pay@{name.lower()}.example", name=None)
            yearly = stripe.subscription((YEARLY, 1), of=of, id=f"sub_{of}")
            billing.tell(f"{SUB}.created", yearly, "2026-01-05")
            billing.world.session.add(account(name, arr=None, renewal_on=None))
        billing.session.flush()
        seen: list[str] = []
        connection = billing.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *told: seen.append(told[2]))
        assert joined(billing) == many
        return len(seen)

    assert come(2) == come(12)


def stands(billing: Billing, of: Account) -> dict[str, Any]:
    billing.session.refresh(of)
    open_ones = select(Renewal.due_on, Renewal.amount_due).where(
        Renewal.account_id == of.id, Renewal.status == "open"
    )
    names = "arr", "plan", "renewal_on", "contract_months"
    renewals = [tuple(row) for row in billing.session.execute(open_ones)]
    return {name: getattr(of, name) for name in names} | {"renewals": renewals}


PERSONS: list[dict[str, Any]] = [
    {},
    {"arr": Decimal(9_000), "plan": "Old", "renewal_on": date(2027, 3, 1), "contract_months": 1},
]


@pytest.mark.parametrize("held", PERSONS)
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0)])
def test_a_customer_that_moves_leaves_its_former_account_as_it_was(
    billing: Billing, order: tuple[int, ...], held: dict[str, Any]
) -> None:
    for name, value in held.items():
        setattr(billing.account, name, value)
    sync(billing.session, [billing.account.id], MONDAY)
    before, eu = stands(billing, billing.account), europe(billing)
    yearly = stripe.subscription((YEARLY, 1))
    events = [
        stripe.event("customer.created", stripe.customer(), at="2026-01-05T10:00"),
        stripe.event(f"{SUB}.created", yearly, at="2026-01-05T10:01"),
        stripe.event("checkout.session.completed", stripe.checkout("EU-1"), at="2026-01-05T10:02"),
    ]
    billing.apply(*(events[place] for place in order))
    assert billing.linked() == eu.id
    assert stands(billing, billing.account) == before
    assert stands(billing, eu)["renewals"] == [(date(2027, 1, 5), Decimal(4_800))]


def test_what_a_person_has_changed_since_stays_when_billing_moves(billing: Billing) -> None:
    eu = europe(billing)
    billing.customer()
    billing.tell(f"{SUB}.created", stripe.subscription((YEARLY, 1)), "2026-01-05")
    billing.account.plan = "Custom"
    billing.tell("checkout.session.completed", stripe.checkout("EU-1"), "2026-02-01")
    assert billing.linked() == eu.id
    assert (billing.account.plan, billing.account.renewal_on) == ("Custom", None)


@pytest.mark.parametrize("months", [1, 6])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_length_of_a_contract_that_is_monthly_now_is_what_it_was(
    billing: Billing, order: tuple[int, ...], months: int
) -> None:
    billing.account.contract_months = months
    billing.customer()
    monthly = stripe.subscription((price(nickname="Monthly"), 1))
    events = [
        stripe.event(f"{SUB}.created", stripe.subscription((YEARLY, 1)), at="2026-01-05T10:01"),
        stripe.event(f"{SUB}.updated", monthly, at="2026-02-05"),
    ]
    billing.apply(*(events[place] for place in order))
    assert billing.account.contract_months == months


@pytest.mark.parametrize("by", ["an import", "the next event"])
def test_what_billing_told_before_its_account_came_stands_in_the_timeline_once(
    billing: Billing, by: str
) -> None:
    held: dict[str, Any] = {"of": "cus_9", "customer_email": None, "customer_name": None}
    billing.customer(id="cus_9", **STRANGER)
    ending = stripe.subscription(of="cus_9", id="sub_9", discounts=["di_1"], status="active",
                                 cancel_at_period_end=True, ends="2026-06-05")  # fmt: skip
    billing.tell(f"{SUB}.created", ending, "2026-01-05")
    billing.tell("invoice.payment_failed", stripe.invoice(**held), "2026-01-06")
    billing.account = billing.add(account("Later", domain="later.example", arr=None))
    if by == "an import":
        assert joined(billing) == 1
    billing.tell("customer.updated", stripe.customer(id="cus_9", **STRANGER), "2026-01-07")
    billing.tell(f"{SUB}.updated", ending, "2026-01-08")
    said = [line for line in billing.said() if not line.startswith("Alert")]
    assert sorted(said) == [
        "Billing linked: Stripe customer cus_9",
        "MRR from nothing to 400 USD: new",
        "Not in the MRR: a discount was not sent along",
        "Payment of 400 USD failed, attempt 1, no further one is planned",
        "Subscription is to end on 5 Jun 2026 (a discount was not sent along)",
    ]
