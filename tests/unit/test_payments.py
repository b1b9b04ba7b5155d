"""What billing's events do to an account, one after the other."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.as_json import as_json
from csbot.accounts.model import Account
from csbot.accounts.show import account_card
from csbot.accounts.timeline import timeline
from csbot.audit import AuditEntry
from csbot.churn.service import record
from csbot.imports.kinds import Options
from csbot.imports.reading import read_table
from csbot.imports.service import import_file
from csbot.payments import service
from csbot.payments.booking import book
from csbot.payments.ledger import changes
from csbot.payments.model import BillingCustomer, Payment, SubscriptionState
from csbot.payments.rules import Kind
from csbot.payments.stripe import identify
from csbot.renewals.model import Renewal
from csbot.revenue import Revenue
from tests.builders import MONDAY, account, contact
from tests.payloads import stripe
from tests.payloads.stripe import V2016, price
from tests.unit.alert_world import World

SUB = "customer.subscription"


class Billing:
    """Stripe telling csbot of Quietwater Freight, or of whom it is asked to."""

    def __init__(self, session: Session) -> None:
        self.session, self.world = session, World(session)
        self.account = self.add(
            account("Quietwater Freight", domain="quietwater.example", external_id="QW-1",
                    arr=None, renewal_on=None, owner_id=self.world.dana.id)
        )  # fmt: skip

    def add(self, row: Any) -> Any:
        return self.world.add(row)

    def apply(self, *events: Any) -> None:
        for body in events:
            self.world.now += timedelta(minutes=1)
            now = self.world.now
            service.apply(self.session, body, settings=self.world.settings, now=now)
        self.session.flush()
        self.session.expire_all()

    def tell(self, kind: str, held: Any, at: str, **over: Any) -> None:
        self.apply(stripe.event(kind, held, at=at, **over))

    def created(self, at: str = "2026-01-05", **over: Any) -> None:
        self.tell(f"{SUB}.created", stripe.subscription(**over), at)

    def customer(self, at: str = "2026-01-05", **over: Any) -> None:
        self.tell("customer.created", stripe.customer(**over), at)

    def revenue(self, of: Any = None) -> list[tuple[str, int, str]]:
        rows = self.session.scalars(
            select(Revenue)
            .where(Revenue.account_id == (of or self.account).id)
            .order_by(Revenue.effective_on)
        )
        return [(f"{row.effective_on}", int(row.mrr), row.source) for row in rows]

    def linked(self, id: str = "cus_Quietwater01") -> int | None:
        query = select(BillingCustomer.account_id).where(BillingCustomer.external_id == id)
        return self.session.scalar(query)

    def entries(self) -> list[AuditEntry]:
        return list(self.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))

    def said(self) -> list[str]:
        return [e.what for e in reversed(timeline(self.session, self.account.id, 50))]


@pytest.fixture
def billing(sessions: sessionmaker[Session]) -> Iterator[Billing]:
    with sessions.begin() as session:
        yield Billing(session)


def test_a_subscription_brings_revenue_arr_and_plan(billing: Billing) -> None:
    billing.customer()
    billing.created(status="incomplete")
    growth = price(65_000, nickname="Growth")
    billing.tell(f"{SUB}.updated", stripe.subscription((growth, 1)), "2026-01-05T10:00")
    assert billing.revenue() == [("2026-01-05", 650, "stripe")]
    assert (billing.account.arr, billing.account.plan) == (Decimal(7800), "Growth")
    assert billing.account.renewal_on is None


def test_the_ledger_goes_on_from_what_was_imported_and_its_later_rows_give_way(
    billing: Billing,
) -> None:
    for day, mrr in ((date(2025, 3, 1), 300), (date(2026, 2, 1), 999)):
        billing.add(
            Revenue(account_id=billing.account.id, effective_on=day, mrr=mrr, currency="USD")
        )
    billing.customer()
    billing.created()
    assert billing.revenue() == [("2025-03-01", 300, "import"), ("2026-01-05", 400, "stripe")]


def test_several_subscriptions_of_several_customers_add_up(billing: Billing) -> None:
    billing.customer()
    billing.customer(id="cus_2", email="pay@quietwater.example")
    billing.created()
    billing.created("2026-03-01", id="sub_2", of="cus_2")
    billing.tell(f"{SUB}.deleted", stripe.subscription(status="canceled"), "2026-05-01")
    assert billing.revenue() == [
        ("2026-01-05", 400, "stripe"), ("2026-03-01", 800, "stripe"), ("2026-05-01", 400, "stripe")
    ]  # fmt: skip


def test_of_two_currencies_that_of_most_is_told(billing: Billing) -> None:
    billing.customer()
    billing.created()
    euros = price(90_000, currency="eur")
    billing.tell(f"{SUB}.created", stripe.subscription((euros, 1), id="sub_2"), "2026-02-01")
    assert (billing.account.arr, billing.account.currency) == (Decimal(10_800), "EUR")
    yen = price(10_000, currency="jpy")
    billing.tell(f"{SUB}.created", stripe.subscription((yen, 1), id="sub_3"), "2026-03-01")
    assert (billing.account.arr, billing.account.currency) == (Decimal(10_800), "EUR")


def test_a_trial_says_nothing_of_revenue_even_when_it_is_ended(billing: Billing) -> None:
    billing.account.arr = Decimal(9_000)
    billing.customer()
    trial = {"status": "trialing", "trial_end": stripe.unix("2026-01-19")}
    billing.created(**trial)
    billing.tell(f"{SUB}.deleted", stripe.subscription(**trial), "2026-01-10")
    assert (billing.revenue(), billing.account.arr) == ([], Decimal(9_000))


def test_a_subscription_first_heard_of_at_its_end_ends_what_was_imported(billing: Billing) -> None:
    billing.add(
        Revenue(
            account_id=billing.account.id, effective_on=date(2025, 3, 1), mrr=300, currency="USD"
        )
    )
    billing.customer()
    billing.tell(f"{SUB}.deleted", stripe.subscription(status="canceled"), "2026-05-01")
    assert billing.revenue() == [("2025-03-01", 300, "import"), ("2026-05-01", 0, "stripe")]
    assert billing.account.lifecycle_stage == "adoption"


@pytest.mark.parametrize("price_of_a_year", ["1000", "2999", "10000", "50000", "999.99"])
def test_a_year_s_price_is_the_arr_and_what_is_due_to_the_cent(
    billing: Billing, price_of_a_year: str
) -> None:
    """A twelfth of it, rounded, is not: 83.33 a month made 999.96."""
    wanted = Decimal(price_of_a_year)
    yearly = price(int(wanted * 100), interval="year")
    billing.customer()
    billing.tell(f"{SUB}.created", stripe.subscription((yearly, 1)), "2026-01-05")
    assert billing.account.arr == wanted
    due = billing.session.scalars(select(Renewal.amount_due)).one()
    (told,) = [e for e in billing.entries() if e.verb == "billing.mrr_changed"]
    assert (due, Decimal(told.after["arr"])) == (wanted, wanted)
    added = stripe.subscription((price(100_000, interval="year"), 3), id="sub_more")
    billing.tell(f"{SUB}.created", added, "2026-01-06")
    assert billing.account.arr == wanted + 3_000
    for state in billing.session.scalars(select(SubscriptionState)):
        state.arr = None  # as rows of before have it
    billing.account.arr = None
    book(billing.session, [billing.account.id], now=MONDAY)
    monthly = [row.mrr for row in billing.session.scalars(select(SubscriptionState))]
    assert billing.account.arr == sum(monthly) * 12


@pytest.mark.parametrize("price_of_a_year", ["1000", "999.99"])
def test_what_is_lost_with_them_is_a_year_s_price_and_the_ledger_adds_up(
    billing: Billing, price_of_a_year: str
) -> None:
    wanted, session = Decimal(price_of_a_year), billing.session
    yearly = price(int(wanted * 100), interval="year")
    billing.customer()
    billing.tell(f"{SUB}.created", stripe.subscription((yearly, 1)), "2026-01-05")
    assert billing.account.arr == wanted
    billing.tell(
        f"{SUB}.deleted", stripe.subscription((yearly, 1), status="canceled"), "2026-05-01"
    )
    came, went = changes(session, account_id=billing.account.id)
    assert (came.kind, went.kind, came.amount) == (Kind.NEW, Kind.CHURN, went.amount)
    assert went.mrr_before == (wanted / 12).quantize(Decimal("0.01"))
    made = record(
        session, account_id=billing.account.id, type="closed",
        evidence="The company was closed in April.", notice_on=MONDAY.date(),
        effective_on=MONDAY.date(), avoidable="no", win_back_on=None,
        by=billing.world.dana, settings=billing.world.settings, now=MONDAY,
    )  # fmt: skip
    assert made.churn.arr == wanted


@pytest.mark.parametrize("currency", ["pln", "brl", "egp", "iqd"])
def test_what_is_more_in_dollars_is_told_whatever_the_other_is_called(
    billing: Billing, currency: str
) -> None:
    billing.customer()
    dollars, other = price(10_000), price(15_000, currency=currency)
    billing.tell(f"{SUB}.created", stripe.subscription((other, 1), id="sub_2"), "2026-01-05")
    billing.tell(f"{SUB}.created", stripe.subscription((dollars, 1), id="sub_1"), "2026-01-06")
    assert billing.account.currency == "USD"


def test_a_yearly_term_is_the_renewal_and_a_monthly_one_is_none(billing: Billing) -> None:
    billing.customer()
    yearly = price(480_000, interval="year")
    billing.tell(f"{SUB}.created", stripe.subscription((yearly, 1)), "2026-01-05")
    assert (billing.account.renewal_on, billing.account.contract_months) == (date(2027, 1, 5), 12)
    renewal = billing.session.scalars(select(Renewal)).one()
    assert (renewal.due_on, renewal.amount_due) == (date(2027, 1, 5), Decimal(4_800))
    billing.tell(f"{SUB}.updated", stripe.subscription(), "2026-02-05")
    assert billing.account.renewal_on is None
    assert renewal.status == "withdrawn"


def test_a_renewal_date_that_billing_never_knew_stays(billing: Billing) -> None:
    billing.account.renewal_on = date(2027, 3, 1)
    billing.customer()
    billing.created()
    assert billing.account.renewal_on == date(2027, 3, 1)


LINKS: list[tuple[str, Any]] = [
    ("an id in the metadata", {"email": None, "name": None, "metadata": {"account_id": "QW-1"}}),
    ("a contact's address", {"email": "Ann@customer.example", "name": None}),
    ("the company's domain", {"email": "x@quietwater.example", "name": None}),
    ("the exact name", {"email": "quiet@gmail.com", "name": "QUIETWATER  freight"}),
]


@pytest.mark.parametrize(("by", "held"), LINKS)
def test_a_customer_finds_its_account(billing: Billing, by: str, held: Any) -> None:
    billing.add(contact(billing.account.id))
    billing.customer(**held)
    assert billing.linked() == billing.account.id, by


def test_what_came_before_its_account_is_joined_when_it_appears(billing: Billing) -> None:
    strange = {"email": "pay@later.example", "name": None}
    billing.customer(id="cus_9", **strange)
    billing.created(of="cus_9")
    assert billing.linked("cus_9") is None
    assert service.join(billing.session, now=MONDAY) == 0
    later = billing.add(account("Later", domain="later.example", arr=None))
    assert service.join(billing.session, now=MONDAY) == 1
    assert billing.linked("cus_9") == later.id
    assert billing.revenue(later) == [("2026-01-05", 400, "stripe")]
    assert service.join(billing.session, now=MONDAY) == 0
    accounts = billing.session.scalars(select(Account.name).order_by(Account.name)).all()
    assert accounts == ["Later", "Quietwater Freight"]


def test_a_checkout_moves_a_customer_to_the_account_that_it_names(billing: Billing) -> None:
    other = billing.add(account("Globex", external_id="GX-1"))
    billing.customer()
    billing.created()
    billing.tell("checkout.session.completed", stripe.checkout("GX-1"), "2026-02-01")
    assert billing.linked() == other.id
    assert billing.revenue() == []
    assert billing.revenue(other) == [("2026-01-05", 400, "stripe")]
    assert (billing.account.arr, other.arr) == (None, 4800)
    assert billing.said()[-1] == "ARR from 4,800 to nothing"


def test_an_older_event_does_not_undo_a_newer_one(billing: Billing) -> None:
    billing.customer()
    billing.tell(f"{SUB}.updated", stripe.subscription((price(65_000), 1)), "2026-03-01")
    billing.created()
    assert billing.account.arr == Decimal(7_800)
    assert billing.revenue() == [("2026-01-05", 400, "stripe"), ("2026-03-01", 650, "stripe")]


def test_of_one_second_the_later_step_counts(billing: Billing) -> None:
    billing.customer()
    billing.tell(f"{SUB}.deleted", stripe.subscription(), "2026-03-01")
    billing.created("2026-03-01")
    assert billing.account.arr == 0


def test_the_same_event_again_changes_nothing(billing: Billing) -> None:
    body = stripe.event(f"{SUB}.created", stripe.subscription(), at="2026-01-05")
    billing.customer()
    billing.apply(body, body)
    assert len(billing.session.scalars(select(SubscriptionState)).all()) == 1
    assert billing.said().count("MRR from nothing to 400 USD: new") == 1


def test_an_invoice_is_one_payment_however_often_it_is_told(billing: Billing) -> None:
    billing.customer()
    failed, paid = stripe.invoice(attempts=2, following="2026-11-25"), stripe.invoice(paid=True)
    billing.tell("invoice.paid", paid, "2026-11-22")
    billing.tell("invoice.payment_failed", failed, "2026-11-20")
    billing.tell("invoice.payment_succeeded", paid, "2026-11-22")
    row = billing.session.scalars(select(Payment)).one()
    assert (row.status, row.amount, row.attempts) == ("paid", Decimal(400), 1)


def test_the_timeline_tells_what_a_person_wants_to_know_in_words(billing: Billing) -> None:
    billing.customer()
    trial = {"status": "trialing", "trial_end": stripe.unix("2026-01-19")}
    billing.tell(f"{SUB}.trial_will_end", stripe.subscription(**trial), "2026-01-16")
    growth, scale = price(40_000, nickname="Growth"), price(65_000, nickname="Scale")
    for at, one in (("2026-01-19", growth), ("2026-03-01", scale), ("2026-04-01", growth)):
        billing.tell(f"{SUB}.updated", stripe.subscription((one, 1)), at)
    failed = stripe.invoice(attempts=2, following="2026-04-08")
    billing.tell("invoice.payment_failed", failed, "2026-04-05")
    billing.tell("invoice.paid", stripe.invoice(paid=True, attempts=3), "2026-04-08")
    billing.tell("charge.refunded", stripe.charge(15_000), "2026-04-09")
    billing.tell(f"{SUB}.deleted", stripe.subscription((growth, 1)), "2026-05-01")
    told = [what for what in billing.said() if not what.startswith("Alert")]
    assert sorted(told) == sorted([
        "Billing linked: Stripe customer cus_Quietwater01",
        "Trial ends on 19 Jan 2026",
        "MRR from nothing to 400 USD: new",
        "Plan changed from nothing to Growth",
        "MRR from 400 to 650 USD: expansion of 250",
        "Plan changed from Growth to Scale",
        "MRR from 650 to 400 USD: contraction of 250",
        "Plan changed from Scale to Growth",
        "Payment of 400 USD failed, attempt 2, next on 8 Apr 2026",
        "Payment of 400 USD came after 2 failed attempts",
        "Refunded so far: 150 USD",
        "MRR from 400 USD to nothing: churn of 400",
    ])  # fmt: skip


PERCENT = {"duration": "forever", "percent_off": 50, "amount_off": None, "currency": None}
OFF = {"duration": "forever", "percent_off": None, "amount_off": 30_000, "currency": "usd"}


def discount(id: str, coupon: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "object": "discount", "customer": "cus_Quietwater01", "coupon": coupon,
            "end": None}  # fmt: skip


@pytest.mark.parametrize(
    ("coupon", "of_all", "year"),
    [
        (PERCENT, {}, 6_000 + 2_400),  # the dear item's half, the other in full
        (OFF, {}, 700 * 12 + 2_400),
        (PERCENT, {"discounts": [discount("di_3", PERCENT)]}, (6_000 + 2_400) / 2),
        (PERCENT, {"discounts": ["di_2"]}, (6_000 + 2_400) * 9 / 10),  # di_2 is a tenth of all
    ],
)
@pytest.mark.parametrize("first", ["the subscription", "the discounts"])
def test_a_discount_of_one_item_that_is_named_by_its_id_is_taken_off_that_item(
    billing: Billing, coupon: dict[str, Any], of_all: dict[str, Any], year: float, first: str
) -> None:
    billing.customer()
    held = stripe.subscription((price(100_000), 1), (price(240_000, interval="year"), 1), **of_all)
    held["items"]["data"][0]["discounts"] = ["di_1"]
    tenth = PERCENT | {"percent_off": 10}
    told = [
        (f"{SUB}.created", held),
        ("customer.discount.created", discount("di_1", coupon)),
        ("customer.discount.created", discount("di_2", tenth)),
    ]
    for kind, one in told if first == "the subscription" else reversed(told):
        billing.tell(kind, one, "2026-01-05")
    assert billing.account.arr == Decimal(year)


def test_an_invoice_tells_what_the_discount_of_an_item_takes_off(billing: Billing) -> None:
    billing.customer()
    held = stripe.subscription((price(100_000), 1))
    held["items"]["data"][0]["discounts"] = ["di_1"]
    billing.tell(f"{SUB}.created", held, "2026-01-05")
    further = stripe.invoice(
        amount=50_000, paid=True, subtotal=100_000, billing_reason="subscription_cycle",
        total_discount_amounts=[{"amount": 50_000, "discount": "di_1"}],
    )  # fmt: skip
    billing.tell("invoice.paid", further, "2026-02-05")
    assert billing.account.arr == Decimal(6_000)


def test_what_the_revenue_leaves_out_stands_in_the_timeline_once(billing: Billing) -> None:
    forever = {"coupon": {"duration": "forever", "percent_off": 20}, "end": None}
    once = {"coupon": {"duration": "once", "percent_off": 20}, "end": None}
    billing.customer(discount=once)
    for at in ("2026-02-01", "2026-02-02"):
        billing.tell("customer.updated", stripe.customer(discount=forever), at)
    billing.created()
    for at in ("2026-03-01", "2026-03-02"):
        billing.tell(f"{SUB}.updated", stripe.subscription(discounts=["di_1"]), at)
    noted = [line for line in billing.said() if line.startswith("Not in the MRR")]
    assert noted == [
        "Not in the MRR: a discount on the customer is not taken off",
        "Not in the MRR: a discount was not sent along",
    ]


def test_a_notice_is_told_once_and_the_churn_says_why(billing: Billing) -> None:
    billing.customer()
    asked = {"reason": "cancellation_requested", "feedback": "too_expensive"}
    notice = {"cancel_at_period_end": True, "ends": "2026-06-05", "cancellation_details": asked}
    billing.created()
    for at in ("2026-05-10", "2026-05-11"):
        billing.tell(f"{SUB}.updated", stripe.subscription(**notice), at)
    billing.tell(f"{SUB}.deleted", stripe.subscription(**notice), "2026-06-05")
    assert billing.said()[2:] == [
        "Subscription is to end on 5 Jun 2026 (cancellation requested, too expensive)",
        "MRR from 400 USD to nothing: churn of 400 (cancellation requested, too expensive)",
    ]


def test_hostile_words_are_stored_and_told_as_words(billing: Billing) -> None:
    held = stripe.customer(name="<!channel>\0\ud800{after}" * 50, metadata={"account_id": "QW-1"})
    billing.tell("customer.created", held, "2026-01-05")
    nasty = price(40_000, nickname="<!channel> {before[plan]} \u202e")
    billing.tell(f"{SUB}.created", stripe.subscription((nasty, 1)), "2026-01-05")
    assert billing.linked() == billing.account.id
    assert "Plan changed from nothing to <!channel> {before[plan]} \u202e" in billing.said()


def test_a_deleted_customer_keeps_its_history(billing: Billing) -> None:
    billing.customer()
    billing.created()
    stub = {"id": "cus_Quietwater01", "object": "customer", "deleted": True}
    billing.tell("customer.deleted", stub, "2026-06-01")
    customer = billing.session.scalars(select(BillingCustomer)).one()
    assert customer.deleted_at is not None
    assert (customer.account_id, customer.email) == (
        billing.account.id,
        "billing@quietwater.example",
    )


def test_two_test_events_of_the_dashboard_are_two(billing: Billing) -> None:
    same = {"id": "evt_00000000000000", "version": V2016}
    held = [stripe.subscription(version=V2016, status=s) for s in ("active", "past_due")]
    events = [stripe.event(f"{SUB}.updated", one, at="2026-01-05", **same) for one in held]
    assert len({identify(body)[0] for body in events}) == 2
    billing.apply(*events)
    assert len(billing.session.scalars(select(SubscriptionState)).all()) == 2


def test_an_account_that_goes_leaves_its_customer_waiting(billing: Billing) -> None:
    billing.customer()
    billing.created()
    billing.session.execute(delete(Account).where(Account.id == billing.account.id))
    assert billing.linked() is None
    again = billing.add(account("Quietwater Freight", domain="quietwater.example"))
    later = MONDAY + timedelta(days=1)
    assert service.join(billing.session, now=later) == 1
    assert billing.revenue(again) == [("2026-01-05", 400, "stripe")]


def test_the_account_s_json_lists_what_was_asked_for(billing: Billing) -> None:
    billing.customer()
    nothing = stripe.invoice("in_0", amount=0, paid=True)
    failed = stripe.invoice("in_2", attempts=2, following="2026-11-25", on="2026-11-20")
    billing.tell("invoice.paid", nothing, "2026-10-01")
    billing.tell("invoice.paid", stripe.invoice(paid=True, on="2026-10-20"), "2026-10-20")
    billing.tell("invoice.payment_failed", failed, "2026-11-22")
    paid, owed = as_json(billing.session, billing.account)["payments"]
    assert (paid["id"], paid["status"], paid["amount"]) == ("in_1Quietwater0001", "paid", 400)
    assert owed == {
        "id": "in_2", "status": "failed", "amount": 400, "currency": "USD",
        "at": "2026-11-20T00:00:00Z", "attempts": 2, "next_attempt_at": "2026-11-25T00:00:00Z",
        "reason": None,
    }  # fmt: skip


def card_line(billing: Billing) -> str | None:
    shown = account_card(
        billing.session,
        billing.account.id,
        viewer=billing.world.dana,
        settings=billing.world.settings,
        now=MONDAY,
    ).billing
    return shown.words() if shown else None


def test_the_card_has_a_line_only_where_there_is_billing(billing: Billing) -> None:
    assert card_line(billing) is None
    billing.customer()
    assert card_line(billing) is None
    billing.created()
    assert card_line(billing) == "$400 a month"
    billing.tell("invoice.paid", stripe.invoice("in_0", paid=True, on="2026-10-20"), "2026-10-20")
    assert card_line(billing) == "$400 a month, last payment on 20 Oct 2026"
    billing.tell("invoice.payment_failed", stripe.invoice(), "2026-11-20")
    assert card_line(billing) == "$400 a month, last payment failed 3 days ago"
    billing.tell("invoice.paid", stripe.invoice(paid=True), "2026-11-23")
    billing.tell(f"{SUB}.deleted", stripe.subscription(), "2026-11-23")
    assert card_line(billing) == "nothing a month now, last payment on 20 Nov 2026"


def failing(billing: Billing, **over: Any) -> Any:
    """What the alert says of one failed invoice, or of several."""
    billing.tell("invoice.payment_failed", stripe.invoice(**over), "2026-11-20")
    return billing.world.alert()


def test_one_alert_of_an_account_tells_all_that_it_owes(billing: Billing) -> None:
    billing.customer()
    failing(billing, following="2026-11-25")
    found = failing(billing, id="in_2", amount=10_000, attempts=3, following="2026-11-24")
    assert found.kind == "payment_failed"
    assert found.evidence["amount"] == ["500", "USD"]
    assert (found.evidence["attempts"], found.evidence["days"]) == (3, 3)
    assert found.evidence["next_attempt_at"] == "2026-11-24T00:00:00+00:00"
    billing.tell("invoice.voided", stripe.invoice(), "2026-11-21")
    assert billing.world.alert().evidence["amount"] == ["100", "USD"]


@pytest.mark.parametrize(
    ("arr", "attempts", "following", "severity"),
    [
        (120_000, 1, "2026-11-25", "soon"), (120_000, 2, "2026-11-25", "critical"),
        (120_000, 1, None, "critical"), (6_000, 4, None, "soon"),
    ],
)  # fmt: skip
def test_what_is_at_stake_and_how_often_it_failed_decide_how_urgent_it_is(
    billing: Billing, arr: int, attempts: int, following: str | None, severity: str
) -> None:
    billing.account.arr = Decimal(arr)
    billing.customer()
    assert failing(billing, attempts=attempts, following=following).severity == severity


def test_a_payment_of_nobody_known_raises_no_alert_until_its_account_is_there(
    billing: Billing,
) -> None:
    billing.customer(email="pay@later.example", name=None)
    held = stripe.invoice(customer_email=None, customer_name=None)
    billing.tell("invoice.payment_failed", held, "2026-11-20")
    assert billing.world.alerts() == []
    later = billing.add(account("Later", domain="later.example", owner_id=billing.world.dana.id))
    service.join(billing.session, now=MONDAY)
    billing.world.detect(kinds=["payment_failed"])
    assert billing.world.alert().account_id == later.id


def test_joining_asks_the_same_however_many_wait(billing: Billing) -> None:
    def asked() -> int:
        seen: list[str] = []
        connection = billing.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *told: seen.append(told[2]))
        service.join(billing.session, now=MONDAY)
        return sum(statement.startswith("SELECT") for statement in seen)

    for number in range(12):
        id, mail = f"cus_{number}", f"pay@company{number}.example"
        billing.customer(id=id, email=mail, name=None)
        billing.created(id=f"sub_{number}", of=id)
    counts = []
    for numbers in (range(2), range(2, 12)):
        for number in numbers:
            billing.add(account(f"Company{number}", arr=None))
        counts.append(asked())
    assert counts[0] == counts[1]
    assert len(billing.session.scalars(select(Revenue)).all()) == 12


def test_two_accounts_that_fit_as_well_leave_a_customer_waiting(billing: Billing) -> None:
    billing.customer(id="cus_2", email="pay@shared.example", name=None)
    for name in ("Shared North", "Shared South"):
        billing.add(account(name, domain="shared.example"))
    assert service.join(billing.session, now=MONDAY) == 0
    told = {"email": "pay@shared.example", "name": None, "metadata": {"account_id": "SN"}}
    billing.customer("2026-02-01", id="cus_2", **told)
    assert billing.linked("cus_2") is None
    billing.add(account("Shared West", domain="shared.example", external_id="SN"))
    assert service.join(billing.session, now=MONDAY) == 1


def test_an_imported_figure_gives_way_at_once_where_billing_has_spoken(billing: Billing) -> None:
    billing.customer()
    billing.created()
    for day, mrr in (("2025-06-01", 300), ("2026-01-05", 7), ("2026-03-01", 8)):
        imports(billing, "revenue", f"account,effective_on,mrr\nQW-1,{day},{mrr}\n")
    assert billing.revenue() == [("2025-06-01", 300, "import"), ("2026-01-05", 400, "stripe")]


def test_an_imported_account_finds_the_billing_that_waits_for_it(billing: Billing) -> None:
    billing.customer(id="cus_9", email="pay@later.example", name=None)
    billing.created(of="cus_9")
    imports(billing, "accounts", "name,domain,arr\nLater,later.example,9\n")
    later = billing.session.scalars(select(Account).where(Account.name == "Later")).one()
    assert (later.arr, billing.revenue(later)) == (
        Decimal(4_800), [("2026-01-05", 400, "stripe")]
    )  # fmt: skip


def test_a_nightly_file_of_accounts_leaves_what_billing_tells(billing: Billing) -> None:
    billing.customer()
    billing.created(ends="2027-03-01")
    row = "Quietwater Freight,quietwater.example,9,EUR,2027-06-30,logistics"
    for _ in range(2):
        imports(billing, "accounts", f"name,domain,arr,currency,renewal_date,industry\n{row}\n")
        held = billing.account
        assert (held.arr, held.currency, held.industry) == (4800, "USD", "logistics")
        assert str(held.renewal_on) == "2027-06-30", "a monthly plan has none of its own"


def imports(billing: Billing, kind: str, text: str) -> None:
    table = read_table(text.encode(), kind=kind, options=Options())
    report = import_file(
        billing.session, table=table, by=None, now=MONDAY, dry_run=False,
        settings=billing.world.settings,
    )  # fmt: skip
    assert report.ok, report.problems
    billing.session.expire_all()
