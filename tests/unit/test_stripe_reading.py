"""What Stripe's events say, in every shape that they have had."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from csbot.inbox.errors import Unreadable
from csbot.payments.facts import PaymentFacts, Signs, SubscriptionFacts, Told
from csbot.payments.stripe import identify, read
from tests.payloads import stripe
from tests.payloads.stripe import DAHLIA, V2016, V2020, VERSIONS, price

AT = "2026-11-20T09:00:00"


def told(kind: str, held: Any, **over: Any) -> Told:
    found = read(stripe.event(kind, held, at=AT, **over))
    assert found is not None
    return found


def subscribed(*prices: Any, kind: str = "created", **over: Any) -> SubscriptionFacts:
    version = over.get("version", DAHLIA)
    held = stripe.subscription(*prices, **over)
    found = told(f"customer.subscription.{kind}", held, version=version).subscription
    assert found is not None
    return found


def mrr(*prices: Any, **over: Any) -> Decimal:
    return subscribed(*prices, **over).mrr


def paid(kind: str, **over: Any) -> PaymentFacts:
    held = stripe.invoice(**over)
    found = told(f"invoice.{kind}", held, version=over.get("version", DAHLIA)).payment
    assert found is not None
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_a_subscription_reads_the_same_in_every_version(version: str) -> None:
    yearly = price(480_000, interval="year", nickname="Growth")
    found = subscribed((yearly, 2), version=version, ends="2027-01-05")
    assert (found.mrr, found.currency, found.plan) == (Decimal(800), "USD", "Growth")
    assert (found.renews_on, found.term_months) == (date(2027, 1, 5), 12)
    assert (found.status, found.subscription) == ("active", "sub_1Quietwater0001")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_invoice_reads_the_same_in_every_version(version: str) -> None:
    failed = paid("payment_failed", attempts=2, following="2026-11-23", version=version)
    assert (failed.status, failed.amount, failed.currency) == ("failed", Decimal(400), "USD")
    assert failed.attempts == 2
    assert failed.at == datetime(2026, 11, 20, tzinfo=UTC)
    assert failed.next_attempt_at == datetime(2026, 11, 23, tzinfo=UTC)
    came = paid("paid", paid=True, version=version)
    assert (came.status, came.amount, came.next_attempt_at) == ("paid", Decimal(400), None)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_customer_is_named_in_every_version(version: str) -> None:
    named = {"description": "Quietwater Freight"} if version == V2016 else {}
    held = stripe.customer(metadata={"account_id": "QW-1"}, version=version, **named)
    found = told("customer.created", held, version=version)
    assert found.signs == Signs("QW-1", "billing@quietwater.example", "Quietwater Freight")


PRICES = [
    ((price(12_000, interval="year"), 1), "10.00"),
    ((price(1_000, interval="week"), 1), "43.33"),
    ((price(100, interval="day"), 3), "91.25"),
    ((price(30_000, interval="month", count=3), 1), "100.00"),
    ((price(240_000, interval="year", count=2), 1), "100.00"),
    ((price(5_000), 12), "600.00"),
    ((price(5_000), None), "50.00"),
    ((price(5_000), 0), "0.00"),
    ((price(5_000, usage_type="metered"), 9), "0.00"),
    ((price(None, billing_scheme="tiered"), 9), "0.00"),
    ((price(None, unit_amount_decimal="12.5"), 1000), "125.00"),
    ((price(5_000, transform_quantity={"divide_by": 10, "round": "up"}), 21), "150.00"),
    ((price(5_000, transform_quantity={"divide_by": 10, "round": "down"}), 21), "100.00"),
    ((price(40_000, currency="jpy"), 1), "40000.00"),
    ((price(40_000, currency="kwd"), 1), "40.00"),
    ((price(40_000, currency="isk"), 1), "400.00"),
]


@pytest.mark.parametrize(("one", "expected"), PRICES)
def test_a_price_counts_as_what_it_brings_a_month(one: Any, expected: str) -> None:
    assert mrr(one) == Decimal(expected)


def test_all_items_of_a_subscription_count_and_the_dearest_names_the_plan_and_the_term() -> None:
    small, big = price(1_000, nickname="Add-on"), price(600_000, interval="year", nickname="Scale")
    found = subscribed((small, 3), (big, 1))
    assert (found.mrr, found.plan, found.term_months) == (Decimal(530), "Scale", 12)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", 400), ("past_due", 400), ("trialing", 0), ("incomplete", 0),
        ("incomplete_expired", 0), ("unpaid", 0), ("canceled", 0), ("paused", 0), ("whatever", 0),
    ],
)  # fmt: skip
def test_only_what_runs_or_is_late_with_a_payment_counts(status: str, expected: int) -> None:
    assert mrr(status=status) == expected


def test_what_ends_with_its_term_counts_until_then() -> None:
    found = subscribed(cancel_at_period_end=True, ends="2026-12-01")
    assert (found.mrr, found.ends_at) == (Decimal(400), datetime(2026, 12, 1, tzinfo=UTC))


def test_a_deleted_subscription_brings_nothing_and_says_why() -> None:
    asked = {"comment": None, "feedback": "too_expensive", "reason": "cancellation_requested"}
    found = subscribed(kind="deleted", status="active", cancellation_details=asked)
    assert (found.status, found.mrr) == ("canceled", Decimal(0))
    assert found.reason == "cancellation requested, too expensive"


def coupon(**over: Any) -> dict[str, Any]:
    held = {"duration": "forever", "percent_off": None, "amount_off": None, "currency": None}
    return {"object": "discount", "end": None, "coupon": {**held, **over}}


QUARTER_OFF = coupon(percent_off=25)
DISCOUNTS = [
    ({"discounts": [QUARTER_OFF]}, "300.00"),
    ({"discounts": [{"source": {"coupon": QUARTER_OFF["coupon"], "type": "coupon"}}]}, "300.00"),
    ({"discounts": [coupon(amount_off=10_000, currency="usd")]}, "300.00"),
    ({"discounts": [coupon(amount_off=10_000, currency="eur")]}, "400.00"),
    ({"discounts": [QUARTER_OFF, coupon(amount_off=10_000)]}, "200.00"),
    ({"discounts": [coupon(percent_off=25, duration="once")]}, "400.00"),
    ({"discounts": [QUARTER_OFF | {"end": stripe.unix("2026-11-01")}]}, "400.00"),
    ({"discounts": [QUARTER_OFF | {"end": stripe.unix("2026-12-01")}]}, "300.00"),
    ({"discounts": [coupon(percent_off=150)]}, "0.00"),
    ({"discounts": [coupon(amount_off=90_000)]}, "0.00"),
    ({"discounts": ["di_1QuietwaterSecret"]}, "400.00"),
    ({"discounts": ["di_1Quietwater"], "discount": QUARTER_OFF}, "300.00"),
    ({"customer": {"id": "cus_Quietwater01", "discount": QUARTER_OFF}}, "300.00"),
    (
        {
            "customer": {"id": "cus_Quietwater01", "discount": QUARTER_OFF},
            "discounts": [coupon(amount_off=10_000)],
        },
        "300.00",
    ),
    ({"discounts": [QUARTER_OFF], "discount": QUARTER_OFF}, "300.00"),
]


@pytest.mark.parametrize(("held", "expected"), DISCOUNTS)
def test_lasting_discounts_are_taken_off_once(held: Any, expected: str) -> None:
    assert mrr(**held) == Decimal(expected)


def test_a_discount_stood_alone_before_there_were_several() -> None:
    assert mrr(version=V2020, discount=QUARTER_OFF) == Decimal(300)


def test_an_amount_off_a_yearly_invoice_is_a_twelfth_of_it_a_month() -> None:
    yearly = price(480_000, interval="year")
    assert mrr((yearly, 1), discounts=[coupon(amount_off=120_000)]) == Decimal(300)


@pytest.mark.parametrize(
    ("behavior", "expected"), [("void", 0), ("mark_uncollectible", 0), ("keep_as_draft", 400)]
)
def test_what_is_waived_while_collection_is_paused_brings_nothing(
    behavior: str, expected: int
) -> None:
    found = subscribed(pause_collection={"behavior": behavior, "resumes_at": None})
    assert (found.status, found.mrr) == ("active", Decimal(expected))
    assert found.reason == "collecting payments is paused"


@pytest.mark.parametrize(
    "discounts",
    [["di_1"], [QUARTER_OFF, "di_1"], [{"id": "di_1", "source": {"coupon": "WELCOME"}}]],
)
def test_a_discount_that_was_not_sent_along_is_noted(discounts: Any) -> None:
    assert subscribed(discounts=discounts).reason == "a discount was not sent along"


def test_what_could_not_be_counted_is_noted() -> None:
    found = subscribed((price(None), 1), (price(5_000), 1), discounts=["di_1Quietwater"])
    assert found.mrr == Decimal(50)
    assert found.reason == "a price in tiers is not counted, a discount was not sent along"


def test_a_plan_is_called_as_people_call_it_and_never_by_an_id_that_stripe_made_up() -> None:
    assert subscribed().plan is None
    assert subscribed((price(lookup_key="growth_monthly"), 1)).plan == "growth_monthly"
    assert subscribed((price(product={"id": "prod_1", "name": "Growth"}), 1)).plan == "Growth"
    assert subscribed(metadata={"plan": "Pilot"}).plan == "Pilot"
    assert subscribed((price(id="gold"), 1)).plan == "gold"


def test_an_invoice_paid_twice_told_is_one_payment() -> None:
    held = stripe.invoice(paid=True)
    one, two = (told(f"invoice.{kind}", held) for kind in ("paid", "payment_succeeded"))
    assert one.payment == two.payment
    assert one.event_id != two.event_id


def test_a_partial_refund_is_what_was_given_back_so_far() -> None:
    found = told("charge.refunded", stripe.charge(15_000)).payment
    assert found is not None
    assert (found.status, found.amount) == ("refunded", Decimal(150))


def test_a_checkout_tells_our_own_id_of_the_account() -> None:
    found = told("checkout.session.completed", stripe.checkout("QW-1"))
    assert found.signs == Signs("QW-1", "ann@quietwater.example", None)
    assert (found.subscription, found.payment) == (None, None)


def test_a_customer_may_stand_whole_where_its_id_usually_is() -> None:
    held = stripe.subscription(customer=stripe.customer())
    assert told("customer.subscription.updated", held).customer == "cus_Quietwater01"


def test_test_events_of_the_dashboard_are_told_apart_by_what_they_say() -> None:
    same = {"id": "evt_00000000000000", "version": V2016}
    one = stripe.event("customer.created", stripe.customer(), at=AT, **same)
    two = stripe.event("customer.created", stripe.customer("cus_2"), at=AT, **same)
    assert identify(one) == identify(dict(reversed(one.items())))
    assert identify(one) != identify(two)


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("invoice_payment.paid", stripe.invoice(paid=True)),
        ("charge.failed", stripe.charge(0)),
        ("charge.refunded", stripe.charge(100, of=None)),
        ("invoice.paid", stripe.invoice(of=None)),
        ("product.updated", {}),
    ],
)
def test_what_does_not_concern_an_account_is_left_alone(kind: str, held: Any) -> None:
    assert read(stripe.event(kind, held, at=AT)) is None


HUGE, DEEP = 10**400, {"a": {"a": [{"a": [[]]}]}}
WRONG = [None, "", [], {}, 7, -1, 1.5, HUGE, True, "\0", "\ud800", "x" * 100_000, DEEP, [DEEP]]
PLACES = [
    "id", "type", "created", "data", "data.object", "data.object.id", "data.object.customer",
    "data.object.status", "data.object.currency", "data.object.items", "data.object.items.data",
    "data.object.discounts", "data.object.metadata", "data.object.trial_end",
    "data.object.cancellation_details", "data.object.items.data.0",
    "data.object.items.data.0.price", "data.object.items.data.0.quantity",
    "data.object.items.data.0.current_period_end", "data.object.items.data.0.price.unit_amount",
    "data.object.items.data.0.price.unit_amount_decimal",
    "data.object.items.data.0.price.recurring",
    "data.object.items.data.0.price.recurring.interval",
    "data.object.items.data.0.price.recurring.interval_count",
    "data.object.items.data.0.price.transform_quantity",
]  # fmt: skip


def put(body: Any, place: str, value: Any) -> None:
    *path, last = place.split(".")
    for part in path:
        body = body[int(part)] if isinstance(body, list) else body[part]
    body[int(last) if isinstance(body, list) else last] = value


def readable_or_refused_by_name(body: Any) -> bool:
    try:
        found = read(body)
    except Unreadable as refused:
        return bool(refused.field and refused.mend)
    return found is None or found.subscription is None or found.subscription.mrr >= 0


@pytest.mark.parametrize("place", PLACES)
def test_whatever_stands_in_a_field_it_is_read_or_refused_by_name(place: str) -> None:
    for value in WRONG:
        body = stripe.event(
            "customer.subscription.updated", stripe.subscription(currency=None), at=AT
        )
        put(body, place, value)
        assert readable_or_refused_by_name(body)


def test_amounts_beyond_every_price_are_refused() -> None:
    with pytest.raises(Unreadable, match="at most"):
        mrr((price(10**14), 1))
    with pytest.raises(Unreadable, match="add up"):
        mrr((price(10**13), 10**9))
