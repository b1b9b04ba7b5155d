"""A renewal that is won or lost: what the account, the next term and the ledger become."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.payments.ledger import changes
from csbot.payments.model import BillingCustomer, SubscriptionState
from csbot.payments.rules import Kind
from csbot.renewals.closing import lose, reopen, win
from csbot.renewals.export import COLUMNS, rows
from csbot.renewals.filters import Filters
from csbot.renewals.model import Renewal
from csbot.renewals.overview import overview
from csbot.renewals.sync import sync
from csbot.revenue import Revenue
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from csbot.undoing.service import undo
from messages.renewals import RenewalsList
from tests.builders import MONDAY, account, churn, member, renewal

SETTINGS = Settings(Environment(), Config())
DUE = date(2027, 1, 12)
OPEN = select(Renewal).where(Renewal.status == "open")
UP = {Kind.NEW, Kind.REACTIVATION, Kind.EXPANSION}


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions.begin() as session:
        session.add(member())
        session.flush()
        yield session


def due(session: Session, **over: Any) -> Renewal:
    held = account(**{"name": "Acme", "renewal_on": DUE} | over)
    session.add(held)
    session.flush()
    made = renewal(held.id, due_on=DUE, amount_due=held.arr or 0)
    session.add(made)
    session.flush()
    return made


def won(session: Session, made: Renewal, amount: object = 52_000, months: int = 12) -> bool:
    dana = session.scalars(select(TeamMember)).first()
    assert dana is not None
    done = win(
        session, made, final_amount=Decimal(str(amount)), final_months=months, by=dana,
        now=MONDAY, settings=SETTINGS,
    )  # fmt: skip
    return done.billed


def kinds(session: Session) -> list[tuple[str, Decimal, date]]:
    return [(str(one.kind), one.amount, one.effective_on) for one in changes(session)]


def entry(session: Session, verb: str) -> AuditEntry:
    return session.scalars(select(AuditEntry).where(AuditEntry.verb == verb)).one()


@pytest.mark.parametrize(
    ("first", "terms", "ends"),
    [
        ("2027-01-31", (1, 1, 1, 1), "2027-02-28 2027-03-31 2027-04-30 2027-05-31"),
        ("2027-01-30", (1, 1), "2027-02-28 2027-03-30"),
        ("2026-08-31", (6, 2, 1), "2027-02-28 2027-04-30 2027-05-31"),
        ("2028-02-29", (12, 36), "2029-02-28 2032-02-29"),
        ("2027-02-28", (1, 12), "2027-03-28 2028-03-28"),
    ],
)
def test_a_contract_keeps_its_day_of_the_month_past_shorter_months(
    session: Session, first: str, terms: tuple[int, ...], ends: str
) -> None:
    made = due(session)
    held = session.get_one(Account, made.account_id)
    held.renewal_on = made.due_on = date.fromisoformat(first)
    reached = []
    for months in terms:
        won(session, session.scalars(OPEN).one(), months=months)
        reached.append(str(held.renewal_on))
    assert reached == ends.split()


def test_a_day_that_somebody_agreed_on_since_is_the_contract_s_own(session: Session) -> None:
    made = due(session)
    held = session.get_one(Account, made.account_id)
    held.renewal_on = made.due_on = date(2027, 1, 31)
    won(session, made, months=1)
    held.renewal_on = date(2027, 2, 26)
    sync(session, None, MONDAY)
    won(session, session.scalars(OPEN).one(), months=1)
    assert held.renewal_on == date(2027, 3, 26)


def test_winning_begins_the_next_term_and_opens_its_renewal_once(session: Session) -> None:
    made = due(session)
    assert won(session, made, 110_000, 24) is False
    held = session.get_one(Account, made.account_id)
    assert (made.status, made.closed_at, made.final_months) == ("won", MONDAY, 24)
    assert (held.renewal_on, held.arr, held.contract_months) == (date(2029, 1, 12), 55_000, 24)
    sync(session, None, MONDAY)
    first, following = session.scalars(select(Renewal).order_by(Renewal.due_on))
    assert (first.status, following.status) == ("won", "open")
    assert (following.due_on, following.amount_due) == (date(2029, 1, 12), 110_000)
    assert (following.category, following.next_step) == ("probable", None)


def test_the_ledger_calls_more_an_expansion_and_less_a_contraction(session: Session) -> None:
    made = due(session)
    session.add(
        Revenue(account_id=made.account_id, effective_on=date(2026, 1, 1), mrr=4000, currency="USD")
    )
    won(session, made, 54_000)
    assert kinds(session) == [
        ("new", 4000, date(2026, 1, 1)), ("expansion", 500, DUE)
    ]  # fmt: skip
    following = session.scalars(select(Renewal).where(Renewal.status == "open")).one()
    won(session, following, 36_000)
    assert kinds(session)[2:] == [("contraction", 1500, date(2028, 1, 12))]


def test_a_customer_of_whom_the_ledger_knew_nothing_is_not_new_when_they_renew(
    session: Session,
) -> None:
    won(session, due(session, arr=Decimal(48_000)), 48_000)
    assert kinds(session) == [("new", 4000, date(2026, 1, 12))]


def test_what_billing_tells_stays_billing_s(session: Session) -> None:
    made = due(session)
    customer = BillingCustomer(
        sender="stripe", external_id="cus_1", account_id=made.account_id, as_of=MONDAY
    )
    session.add(customer)
    session.flush()
    session.add(
        SubscriptionState(
            customer_id=customer.id, event_id="evt_1", subscription="sub_1", at=MONDAY, rank=1,
            status="active", mrr=Decimal(4000), currency="USD", plan=None, renews_on=None,
            term_months=None,
        )
    )  # fmt: skip
    assert won(session, made) is True
    held = session.get_one(Account, made.account_id)
    assert (held.arr, held.renewal_on) == (48_000, date(2028, 1, 12))
    assert not session.scalars(select(Revenue)).all()


def test_losing_leaves_account_and_ledger_to_the_day_that_the_customer_goes(
    session: Session,
) -> None:
    made = due(session)
    dana = session.scalars(select(TeamMember)).one()
    lose(session, made, by=dana, now=MONDAY, why="bought by a competitor")
    leaves = churn(made.account_id, effective_on=DUE, applied_at=None)
    session.add(leaves)
    sync(session, None, MONDAY)
    assert [row.status for row in session.scalars(select(Renewal))] == ["lost"]
    assert session.get_one(Account, made.account_id).arr == 48_000
    told = entry(session, "renewal.lost")
    assert (told.by_id, told.why) == (dana.id, "bought by a competitor")
    assert told.before
    assert told.after
    assert (told.before["status"], told.after["status"]) == ("open", "lost")
    leaves.withdrawn_at = MONDAY
    reopen(session, made, before=told.before, after=told.after, now=MONDAY)
    assert (made.status, made.closed_at) == ("open", None)


def test_the_record_of_a_win_is_enough_to_take_it_back(session: Session) -> None:
    made = due(session)
    stood = Revenue(account_id=made.account_id, effective_on=DUE, mrr=Decimal(4200), currency="USD")
    session.add(stood)
    won(session, made, "52000.50", 18)
    told = entry(session, "renewal.won")
    assert told.before
    assert told.after
    assert told.after["final_amount"] == "52000.50"
    assert told.before["revenue"] == [
        {"effective_on": "2027-01-12", "mrr": "4200.00", "currency": "USD", "source": "import"}
    ]
    reopen(session, made, before=told.before, after=told.after, now=MONDAY)
    held = session.get_one(Account, made.account_id)
    assert (held.renewal_on, held.arr, held.contract_months) == (DUE, 48_000, 12)
    assert (made.status, made.final_amount, made.closed_at) == ("open", None, None)
    states = session.scalars(select(Renewal.status).order_by(Renewal.due_on)).all()
    assert states == ["open", "withdrawn"]
    [row] = session.scalars(select(Revenue))
    assert (row.mrr, row.source) == (4200, "import")
    won(session, made, 60_000, 18)
    assert session.scalars(select(Renewal.status).order_by(Renewal.due_on)).all() == [
        "won", "open"
    ]  # fmt: skip


def test_a_win_is_not_taken_back_once_the_date_has_gone_on_since(session: Session) -> None:
    made = due(session)
    won(session, made)
    held = session.get_one(Account, made.account_id)
    held.renewal_on = date(2028, 3, 1)  # an import knows better
    sync(session, [held.id], MONDAY)
    dana = session.scalars(select(TeamMember)).one()
    with pytest.raises(Refused, match="not as you left it"):
        undo(session, by=dana, now=MONDAY, settings=SETTINGS)
    states = session.scalars(select(Renewal.status).order_by(Renewal.due_on)).all()
    assert states == ["won", "open"]
    held.renewal_on = DUE
    undo(session, by=dana, now=MONDAY, settings=SETTINGS)
    states = session.scalars(select(Renewal.status).order_by(Renewal.due_on)).all()
    assert states == ["open", "withdrawn"]


@pytest.mark.parametrize(
    ("before", "amount", "months", "kept", "signed"),
    [
        (12, 110_000, 24, 48_000, 55_000),  # two years' money against one year's
        (12, 80_000, 24, 40_000, 40_000),
        (24, 40_000, 12, 80_000, 80_000),  # half the time for less than half the money is less
        (12, 30_000, 6, 48_000, 60_000),
        (12, Decimal("0.01"), 120, Decimal(0), Decimal(0)),
        (12, 52_000, 12, 48_000, 52_000),
    ],
)
def test_what_is_signed_is_compared_with_what_was_due_for_as_long(
    session: Session, before: int, amount: object, months: int, kept: object, signed: object
) -> None:
    made = due(session, contract_months=before)
    made.amount_due = Decimal(4000 * before)
    won(session, made, amount, months)
    filters = Filters(window="q1")
    dana = session.scalars(select(TeamMember)).one()
    shown = overview(session, filters, person=dana, settings=SETTINGS, now=MONDAY)
    assert isinstance(shown, RenewalsList)
    [one] = shown.sums
    assert (one.won.amount, one.signed.amount) == (kept, signed)
    row = next(rows(session, Renewal.id == made.id, settings=SETTINGS, today=DUE))
    told = dict(zip(COLUMNS, row, strict=True))
    assert Decimal(told["expected"]) == kept
    assert Decimal(told["final_amount"]) == Decimal(str(amount))


TERMS = st.lists(
    st.tuples(
        st.integers(1, 90_000_00).map(lambda cents: Decimal(cents) / 100), st.integers(1, 40)
    ),
    min_size=1,
    max_size=4,
)


@given(TERMS, st.sampled_from([None, 0, 36_000]), st.integers(0, 3))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_begin_and_all_changes_make_the_end_whatever_is_won(
    session: Session, terms: list[tuple[Decimal, int]], arr: int | None, cut: int
) -> None:
    for table in (Revenue, Renewal, Account):
        session.execute(delete(table))
    session.expunge_all()
    made: Renewal | None = due(session, arr=None if arr is None else Decimal(arr))
    for amount, months in terms:
        assert made is not None
        won(session, made, amount, months)
        made = session.scalars(select(Renewal).where(Renewal.status == "open")).one()
    rows = list(session.scalars(select(Revenue).order_by(Revenue.effective_on)))
    day = rows[min(cut, len(rows) - 1)].effective_on
    begin = ([Decimal(0)] + [row.mrr for row in rows if row.effective_on < day])[-1]
    moved = sum(
        (one.amount if one.kind in UP else -one.amount)
        for one in changes(session, since=day, until=day + timedelta(days=4000))
    )
    end = [row.mrr for row in rows if row.effective_on <= day + timedelta(days=4000)][-1]
    assert begin + moved == end
