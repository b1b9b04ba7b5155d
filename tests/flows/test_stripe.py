"""Stripe over real HTTP, signed by Stripe's own library."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from stripe import WebhookSignature

from csbot.inbox.model import Received
from csbot.payments.model import BillingCustomer, Payment
from csbot.revenue import Revenue
from csbot.sources import Source
from tests.builders import account
from tests.flows.desk import Desk
from tests.payloads import stripe
from tests.payloads.stripe import VERSIONS

OLD, NEW = "whsec_theOldOne", "whsec_theNewOne"
SUB = "customer.subscription"
UNIT = "data.object.items.data.0.price.unit_amount_decimal"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are good, as while a secret is rolled."""
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", f"{NEW}, {OLD}")


def send(
    desk: Desk, body: Any, *, secret: str = NEW, late: int = 0, changed: bool = False
) -> httpx.Response:
    payload = json.dumps(body)
    timestamp = int(desk.now.timestamp()) - late
    signature = WebhookSignature.generate_signature_header(payload, secret, timestamp)
    sent = payload.replace("40000", "90000") if changed else payload
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json; charset=utf-8"}
    return httpx.post(
        f"{desk.url}/webhooks/stripe", content=sent.encode(), headers=headers, timeout=30
    )


def created(**over: Any) -> Any:
    return stripe.event(f"{SUB}.created", stripe.subscription(**over), at="2026-11-20")


@pytest.fixture
def quietwater(desk: Desk) -> Any:
    return desk.add(account("Quietwater Freight", domain="quietwater.example", arr=None))


def count(desk: Desk, table: Any) -> int:
    with desk.sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_customer_and_a_subscription_make_revenue(desk: Desk, quietwater: Any) -> None:
    joined = stripe.event("customer.created", stripe.customer(), at="2026-11-20")
    for body in (joined, created()):
        answer = send(desk, body)
        assert answer.status_code == 200, answer.text
    with desk.sessions() as session:
        row = session.scalars(select(Revenue)).one()
        assert (row.account_id, int(row.mrr), row.source) == (quietwater.id, 400, "stripe")
        assert desk.now - session.get_one(Source, "billing").last_at < timedelta(minutes=1)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_the_api_is_taken(desk: Desk, quietwater: Any, version: str) -> None:
    parts = (
        ("customer.created", stripe.customer(version=version)),
        (f"{SUB}.created", stripe.subscription(version=version)),
        ("invoice.payment_failed", stripe.invoice(version=version, following="2026-11-25")),
        ("invoice.payment_succeeded", stripe.invoice(version=version, paid=True)),
    )
    for number, (kind, held) in enumerate(parts):
        body = stripe.event(kind, held, at=f"2026-11-2{number}", version=version)
        assert send(desk, body).status_code == 200
    with desk.sessions() as session:
        assert session.scalars(select(Payment.status)).all() == ["paid"]
        assert [int(mrr) for mrr in session.scalars(select(Revenue.mrr))] == [400]


def test_while_a_secret_is_rolled_both_are_good(desk: Desk) -> None:
    assert send(desk, created(), secret=OLD).status_code == 200
    assert send(desk, created(), secret=NEW).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"secret": "whsec_neverOurs"}, {"late": 301}, {"late": -400}, {"changed": True}]
)
def test_what_stripe_did_not_sign_as_it_is_now_is_refused(desk: Desk, wrong: Any) -> None:
    answer = send(desk, created(), **wrong)
    assert answer.status_code == 401
    assert set(answer.json()) == {"error", "field", "mend"}
    assert (count(desk, Received), count(desk, BillingCustomer)) == (0, 0)


def test_a_signature_of_nearly_five_minutes_is_still_good(desk: Desk) -> None:
    assert send(desk, created(), late=290).status_code == 200


def test_a_delivery_that_comes_again_counts_once(desk: Desk, quietwater: Any) -> None:
    failed = stripe.event("invoice.payment_failed", stripe.invoice(), at="2026-11-20")
    first, again = send(desk, failed), send(desk, failed)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (count(desk, Received), count(desk, Payment)) == (1, 1)


def test_what_cannot_be_read_is_refused_by_name_and_kept(desk: Desk) -> None:
    body = created()
    body["data"]["object"]["items"]["data"][0]["price"]["unit_amount_decimal"] = 10**20
    answer = send(desk, body)
    assert (answer.status_code, answer.json()["field"]) == (422, UNIT)
    with desk.sessions() as session:
        assert session.scalars(select(Received.state)).all() == ["set_aside"]
        assert session.scalars(select(BillingCustomer)).all() == []


def test_events_that_csbot_has_no_use_for_are_taken_and_change_nothing(desk: Desk) -> None:
    other = stripe.event("product.updated", {"id": "prod_1", "object": "product"}, at="2026-11-20")
    assert send(desk, other).status_code == 200
    assert count(desk, BillingCustomer) == 0


def test_a_failed_payment_is_an_alert_until_it_is_paid(desk: Desk, quietwater: Any) -> None:
    failed = stripe.invoice(attempts=2, following="2026-11-26")
    for kind, held, at in (
        ("customer.created", stripe.customer(), "2026-11-20"),
        ("invoice.payment_failed", failed, "2026-11-23"),
    ):
        assert send(desk, stripe.event(kind, held, at=at)).status_code == 200
    desk.run("deliver", desk.now + timedelta(seconds=1))
    said = [m.text for m in desk.in_channel() if "payment has failed" in m.text]
    assert said == [
        "Soon: Quietwater Freight owes $400: the payment has failed. Renews in 159 days."
        " Next: ask who pays for another card before 26 Nov."
    ]
    paid = stripe.event("invoice.paid", stripe.invoice(paid=True), at="2026-11-23T09:30")
    assert send(desk, paid).status_code == 200
    desk.run("deliver", desk.now + timedelta(seconds=5))
    texts = [m.text for m in desk.in_channel()]
    assert "Closed: Quietwater Freight has paid. $400 came on 20 Nov." in texts
    assert not [text for text in texts if "payment has failed" in text]
