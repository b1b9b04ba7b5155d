"""A year of billing, told in any order and more than once, ends in one and the same state."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.payments import service
from csbot.payments.model import BillingCustomer, Payment, SubscriptionState
from csbot.renewals.model import Renewal
from csbot.revenue import Revenue
from tests.builders import MONDAY, account
from tests.payloads import stripe
from tests.payloads.stripe import BASIL, V2020, price
from tests.unit.alert_world import settings as made_settings

SUB = "customer.subscription"
OTHER = {"id": "sub_2", "of": "cus_2"}
TRIAL: dict[str, Any] = {"status": "trialing", "trial_end": stripe.unix("2026-04-15")}
MONTHLY, BIGGER = price(40_000, nickname="Growth"), price(65_000, nickname="Scale")
YEARLY = price(960_000, interval="year", nickname="Enterprise")
ADD_ON = price(10_000, nickname="Add-on")
CLOSED = {"cancellation_details": {"reason": "cancellation_requested"}}


def told(kind: str, held: Any, at: str, version: str = BASIL) -> Any:
    """Two versions side by side, as while an endpoint is moved from one to the other."""
    return stripe.event(kind, held, at=at, version=version)


def pays(kind: str, id: str, at: str, **over: Any) -> Any:
    return told(f"invoice.{kind}", stripe.invoice(id, **over), at)


def becomes(kind: str, at: str, *prices: Any, version: str = BASIL, **over: Any) -> Any:
    held = stripe.subscription(*prices, version=version, **over)
    return told(f"{SUB}.{kind}", held, at, version)


STORY = [
    told("customer.created", stripe.customer(email="ann@gmail.com"), "2026-01-05", V2020),
    becomes("created", "2026-01-05", status="incomplete", version=V2020),
    becomes("updated", "2026-01-05", (MONTHLY, 1), version=V2020),
    told("checkout.session.completed", stripe.checkout("QW-1"), "2026-01-05"),
    told("customer.updated", stripe.customer(), "2026-01-20"),
    pays("paid", "in_1", "2026-01-05", paid=True),
    pays("payment_succeeded", "in_1", "2026-01-05", paid=True),
    becomes("updated", "2026-03-10T09:00", (BIGGER, 1)),
    becomes("updated", "2026-03-10T18:00", (BIGGER, 2)),
    told("customer.created", stripe.customer("cus_2", name="Quietwater Freight"), "2026-04-01"),
    becomes("created", "2026-04-01", (ADD_ON, 1), **OTHER, **TRIAL),
    becomes("trial_will_end", "2026-04-12", (ADD_ON, 1), **OTHER, **TRIAL),
    becomes("updated", "2026-04-15", (ADD_ON, 1), **OTHER),
    pays("payment_failed", "in_2", "2026-05-05", attempts=1, following="2026-05-08"),
    becomes("updated", "2026-05-05", (BIGGER, 2), status="past_due"),
    pays("payment_failed", "in_2", "2026-05-08", attempts=2, following="2026-05-12"),
    pays("payment_succeeded", "in_2", "2026-05-12", attempts=3, paid=True),
    pays("paid", "in_2", "2026-05-12", attempts=3, paid=True),
    becomes("updated", "2026-05-12", (BIGGER, 2)),
    told("charge.refunded", stripe.charge(5_000), "2026-05-20"),
    told("charge.refunded", stripe.charge(15_000), "2026-05-21"),
    becomes("updated", "2026-06-01", (YEARLY, 1), ends="2027-06-01"),
    pays("payment_failed", "in_3", "2026-08-01", of="cus_2", attempts=4),
    pays("voided", "in_3", "2026-08-09", of="cus_2", attempts=4),
    becomes("deleted", "2026-08-09", (ADD_ON, 1), **OTHER, **CLOSED),
    told("customer.deleted", {"id": "cus_2", "object": "customer"}, "2026-08-10"),
    becomes("updated", "2026-09-01", (YEARLY, 2), ends="2027-06-01"),
    pays("payment_failed", "in_4", "2026-11-20", attempts=1),
]
COMPARED = (BillingCustomer, SubscriptionState, Payment, Revenue)
OURS = ("id", "customer_id", "account_id")
ACCOUNT = ("name", "arr", "currency", "plan", "renewal_on", "contract_months", "lifecycle_stage")
RENEWAL = ("due_on", "amount_due", "currency", "status")


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions.begin() as session:
        yield session


def after(session: Session, events: Sequence[Any]) -> dict[str, Any]:
    """All that is known after these."""
    begin(session)
    for number, event in enumerate(events):
        now = MONDAY + timedelta(minutes=number)
        service.apply(session, event, settings=made_settings(), now=now)
    return known(session)


def begin(session: Session) -> None:
    for table in (BillingCustomer, Account):  # what belongs to them goes with them
        session.execute(delete(table))
    session.expire_all()
    session.add(account("Quietwater Freight", external_id="QW-1", arr=None, renewal_on=None))
    session.flush()


def known(session: Session) -> dict[str, Any]:
    """Without what depends on who came first: our own ids."""
    session.flush()
    session.expire_all()
    found = {table.__tablename__: rows(session, table) for table in COMPARED}
    return found | {
        "accounts": [pick(row, ACCOUNT) for row in session.scalars(select(Account))],
        "renewals": [
            pick(row, RENEWAL)
            for row in session.scalars(select(Renewal))
            if row.status != "withdrawn"
        ],
    }


def rows(session: Session, model: Any) -> list[Any]:
    """Signs are compared as a set: which of them was heard first is no difference."""
    names = [column.name for column in model.__table__.columns if column.name not in OURS]
    return sorted((pick(row, names) for row in session.scalars(select(model))), key=repr)


def pick(row: Any, names: Sequence[str]) -> list[Any]:
    values = [getattr(row, name) for name in names]
    return [
        {
            kind: dict(sorted(told.items())) if isinstance(told, dict) else told
            for kind, told in sorted(value.items())
        }
        if isinstance(value, dict)
        else value
        for value in values
    ]


def test_the_story_in_its_order_is_what_happened(session: Session) -> None:
    found = after(session, STORY)
    figures = [(str(row[0]), int(row[1])) for row in found["revenue"]]
    assert sorted(figures) == [
        ("2026-01-05", 400), ("2026-03-10", 1300), ("2026-04-15", 1400), ("2026-06-01", 900),
        ("2026-08-09", 800), ("2026-09-01", 1600),
    ]  # fmt: skip
    ((_, arr, currency, plan, renews, months, stage),) = found["accounts"]
    assert (int(arr), currency, plan, str(renews)) == (19_200, "USD", "Enterprise", "2027-06-01")
    assert (months, stage) == (12, "adoption")
    states = sorted((row[0], row[1], int(row[2])) for row in found["payments"])
    assert states == [
        ("ch_3Quietwater0001", "refunded", 150), ("in_1", "paid", 400), ("in_2", "paid", 400),
        ("in_3", "voided", 400), ("in_4", "failed", 400),
    ]  # fmt: skip


@pytest.fixture
def expected(session: Session) -> dict[str, Any]:
    return after(session, STORY)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=6))
def test_any_order_and_repetition_ends_in_the_same_state(
    session: Session, expected: dict[str, Any], events: list[Any], again: list[Any]
) -> None:
    assert after(session, [*events, *again]) == expected


def test_backwards_it_is_the_same_as_well(session: Session, expected: dict[str, Any]) -> None:
    assert after(session, STORY[::-1]) == expected


QUARTER = {"duration": "forever", "percent_off": 25, "amount_off": None, "currency": None}
DISCOUNT = {"object": "discount", "customer": "cus_Quietwater01", "end": None}
BY_ID = [
    told("customer.created", stripe.customer(), "2026-01-05"),
    told("checkout.session.completed", stripe.checkout("QW-1"), "2026-01-05"),
    becomes("created", "2026-01-05", (MONTHLY, 1), discounts=["di_1"]),
    told("customer.discount.created", DISCOUNT | {"id": "di_1", "coupon": QUARTER}, "2026-01-05"),
    # Of later versions also the event has but the coupon's id: then the period's invoice says it.
    told("customer.discount.created", DISCOUNT | {"id": "di_2", "coupon": "HALF"}, "2026-02-05"),
    becomes("updated", "2026-02-05", (MONTHLY, 1), discounts=["di_2"]),
    pays("paid", "in_1", "2026-02-05", paid=True, subtotal=40_000,
         billing_reason="subscription_cycle",
         total_discount_amounts=[{"amount": 20_000, "discount": "di_2"}]),
    told("customer.discount.deleted", DISCOUNT | {"id": "di_1", "coupon": QUARTER}, "2026-02-05"),
    becomes("updated", "2026-03-10", (BIGGER, 1), discounts=["di_2"]),
    becomes("updated", "2026-04-10", (BIGGER, 1)),
]  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(BY_ID))
def test_discounts_that_are_named_by_an_id_are_taken_off_whatever_comes_first(
    session: Session, events: list[Any]
) -> None:
    figures = [(str(row[0]), int(row[1])) for row in after(session, events)["revenue"]]
    assert figures == [
        ("2026-01-05", 300), ("2026-02-05", 200), ("2026-03-10", 325), ("2026-04-10", 650),
    ]  # fmt: skip


ONCE = DISCOUNT | {"id": "di_1", "coupon": QUARTER | {"percent_off": 50, "duration": "once"}}
HALF_CENTS = stripe.price(2_469)
FIRST_ONLY = [
    told("customer.created", stripe.customer(), "2026-01-05"),
    told("checkout.session.completed", stripe.checkout("QW-1"), "2026-01-05"),
    becomes("created", "2026-01-05", (HALF_CENTS, 1), discounts=["di_1"]),
    pays("paid", "in_1", "2026-01-05", paid=True, subtotal=2_469,
         billing_reason="subscription_create",
         total_discount_amounts=[{"amount": 1_234, "discount": "di_1"}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        ([told("customer.discount.created", ONCE, "2026-01-06")], "24.69"),
        ([], "24.69"),  # the first invoice alone does not say whether there are more like it
        ([told("customer.discount.created", ONCE | {"coupon": QUARTER | {"percent_off": 50}},
               "2026-01-06")], "12.35"),  # half a cent goes up, as wherever revenue is rounded
    ],
)  # fmt: skip
def test_what_one_invoice_is_spared_is_no_less_revenue_and_cents_round_as_everywhere(
    session: Session, heard: list[Any], left: str
) -> None:
    assert after(session, [*FIRST_ONLY, *heard])["revenue"][-1][1] == Decimal(left)


def test_told_all_at_once_it_is_the_same_and_nothing_is_lost(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        expected = after(session, STORY)
    with sessions.begin() as session:
        begin(session)

    def tell(events: Sequence[Any]) -> None:
        for event in events:
            with sessions.begin() as session:
                service.apply(session, event, settings=made_settings(), now=MONDAY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell, [STORY[start::4] for start in range(4)]))
    with sessions.begin() as session:
        assert known(session) == expected
