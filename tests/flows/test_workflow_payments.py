"""Payments that succeed, fail, fail again, and the customer who leaves."""

import pytest

from tests.flows.firm import DAY, HOUR, Firm, words
from tests.payloads import stripe

BILLING = "Subscription & Billing"


@pytest.fixture(autouse=True)
def acme(firm: Firm) -> None:
    firm.acme()


def test_a_payment_is_thanked_for_once_however_often_it_is_told(firm: Firm) -> None:
    told = firm.invoice(paid=True)
    firm.later()
    firm.billing(told)
    firm.later()
    shown = firm.shown()
    assert (shown["score"], shown["pipelines"][BILLING]) == (50, "Active")
    assert "Payment Failed" not in shown["tags"]
    firm.approve()
    [mail] = firm.mails()
    assert mail["Subject"] == "Thank you, your payment has arrived"
    assert "your payment of 400 USD has arrived" in words(mail)
    assert firm.said() == [], "nobody is disturbed by what goes well"


def test_a_failure_that_is_paid_later_leaves_nothing_behind(firm: Firm) -> None:
    firm.invoice(paid=False)
    firm.later()
    shown = firm.shown()
    assert (shown["tags"], shown["score"]) == (["Payment Failed"], -50)
    assert shown["pipelines"][BILLING] == "Failed"
    assert any("payment" in said.lower() for said in firm.said())
    firm.approve("Your payment did not go through")
    assert "Change the card or try again here, it takes a minute" in words(firm.mails()[0])
    firm.later(DAY)
    firm.invoice(paid=True)
    firm.later()
    shown = firm.shown()
    assert (shown["tags"], shown["score"], shown["pipelines"][BILLING]) == ([], 0, "Active")
    firm.days(20)
    assert firm.dm("U_PRIYA") == [], "no escalation of what is paid"
    assert "Playbook “A payment has failed” reached its goal" in firm.did()
    assert any("ended early (its exit criteria hold)" in said for said in firm.did())


def test_a_draft_about_a_debt_is_taken_back_when_it_is_paid(firm: Firm) -> None:
    firm.invoice(paid=False)
    firm.later()
    [question] = firm.questions()
    firm.invoice(paid=True)
    firm.later()
    late = firm.person("U_DANA").press(question, label="Send to 1").ephemeral
    assert late is not None
    assert "no longer needed" in late.words
    firm.later(HOUR)
    assert firm.subjects() == []


def test_what_fails_twice_goes_to_the_manager_once(firm: Firm) -> None:
    firm.sends("payment-failed")
    firm.invoice(paid=False)
    firm.later()
    firm.days(3)
    assert firm.dm("U_PRIYA") == []
    for _ in range(2):
        firm.invoice(paid=False, attempts=2)
        firm.later(HOUR)
    escalated = [one.text for one in firm.dm("U_PRIYA") if "400 USD" in one.text]
    assert escalated == [
        "A payment of Acme over 400 USD has failed more than once, or is owed for five days."
    ]
    assert firm.subjects() == ["Your payment did not go through, and how to put it right"]
    assert firm.shown()["score"] == -50


def test_an_invoice_that_is_waived_takes_the_tag_along(firm: Firm) -> None:
    firm.invoice(paid=False)
    firm.later()
    assert firm.shown()["tags"] == ["Payment Failed"]
    on = firm.now.replace(tzinfo=None).isoformat()
    held = stripe.invoice("in_1", on=on, customer_email="ann@acme.example", status="void")
    firm.stripe("invoice.voided", held)
    firm.later()
    shown = firm.shown()
    assert (shown["tags"], shown["pipelines"][BILLING]) == ([], "Active")


def test_whoever_ends_their_subscription_is_asked_why_at_once(firm: Firm) -> None:
    firm.stripe("customer.created", stripe.customer(email="ann@acme.example"))
    firm.stripe("customer.subscription.created", stripe.subscription())
    firm.later()
    firm.stripe("customer.subscription.deleted", stripe.subscription(status="canceled"))
    firm.later()
    firm.later()
    shown = firm.shown()
    assert shown["lifecycle_stage"] == "churned"
    assert shown["pipelines"][BILLING] == "Churned"
    assert [task["title"] for task in shown["tasks"]] == [
        "Ask Acme why they left, and record the reason"
    ]
    firm.later(DAY)
    firm.approve("an honest question")
    assert firm.subjects() == ["Thank you, and an honest question"]
