"""What each change of an account's revenue is called, and that it all adds up."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event
from sqlalchemy.orm import Session, sessionmaker

from csbot.payments.ledger import RevenueChange, changes
from csbot.payments.rules import Kind
from csbot.revenue import Revenue
from tests.builders import account

START = date(2026, 1, 1)
UP = {Kind.NEW, Kind.REACTIVATION, Kind.EXPANSION}


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions.begin() as session:
        yield session


def paid(session: Session, *figures: Any, name: str = "Acme") -> int:
    """An account with these months' revenue, a month apart; 400 is 400 USD."""
    made = account(name)
    session.add(made)
    session.flush()
    for month, figure in enumerate(figures):
        mrr, currency = figure if isinstance(figure, tuple) else (figure, "USD")
        on = START + timedelta(days=30 * month)
        session.add(Revenue(account_id=made.id, effective_on=on, mrr=mrr, currency=currency))
    session.flush()
    return int(made.id)


def told(found: list[RevenueChange]) -> list[tuple[str, int, str]]:
    return [(str(one.kind), int(one.amount), one.currency) for one in found]


def test_every_change_has_its_name(session: Session) -> None:
    paid(session, 400, 650, 650, 500, 0, 0, 300)
    assert told(changes(session)) == [
        ("new", 400, "USD"), ("expansion", 250, "USD"), ("contraction", 150, "USD"),
        ("churn", 500, "USD"), ("reactivation", 300, "USD"),
    ]  # fmt: skip


def test_an_account_that_begins_with_nothing_is_new_when_it_pays(session: Session) -> None:
    paid(session, 0, 400)
    assert told(changes(session)) == [("new", 400, "USD")]


def test_another_currency_is_no_churn(session: Session) -> None:
    paid(session, 400, (350, "EUR"), (0, "USD"), (500, "GBP"))
    assert told(changes(session)) == [
        ("new", 400, "USD"), ("contraction", 400, "USD"), ("expansion", 350, "EUR"),
        ("churn", 350, "EUR"), ("reactivation", 500, "GBP"),
    ]  # fmt: skip


def test_the_same_amount_in_another_currency_is_a_change(session: Session) -> None:
    paid(session, 400, (400, "EUR"))
    assert told(changes(session))[1:] == [("contraction", 400, "USD"), ("expansion", 400, "EUR")]


def test_a_span_knows_what_was_before_it(session: Session) -> None:
    paid(session, 400, 0, 300)
    since, until = START + timedelta(days=30), START + timedelta(days=30)
    assert told(changes(session, since=since)) == [
        ("churn", 400, "USD"), ("reactivation", 300, "USD")
    ]  # fmt: skip
    assert told(changes(session, since=since, until=until)) == [("churn", 400, "USD")]


def test_one_account_can_be_asked_for(session: Session) -> None:
    paid(session, 400)
    other = paid(session, 100, 200, name="Globex")
    (new, more) = changes(session, account_id=other)
    assert (new.account_id, new.mrr_before, new.mrr_after) == (other, 0, 100)
    assert (more.mrr_before, more.mrr_after, more.effective_on) == (100, 200, date(2026, 1, 31))


def test_it_is_one_query_however_many_accounts(session: Session) -> None:
    for number in range(20):
        paid(session, 100, 200, name=f"Account {number}")
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert len(changes(session)) == 40
    assert len(asked) == 1


FIGURES = st.lists(
    st.lists(
        st.tuples(st.sampled_from([0, 0, 100, 250, 400]), st.sampled_from(["USD", "EUR"])),
        min_size=1,
        max_size=6,
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(FIGURES, st.integers(0, 5), st.integers(0, 5))
def test_begin_and_all_changes_make_the_end(
    session: Session, accounts: list[list[tuple[int, str]]], first: int, length: int
) -> None:
    session.execute(delete(Revenue))
    for number, figures in enumerate(accounts):
        paid(session, *figures, name=f"Account {number}")
    found = changes(
        session,
        since=START + timedelta(days=30 * first),
        until=START + timedelta(days=30 * (first + length)),
    )
    assert all(one.amount > 0 for one in found)
    for currency in ("USD", "EUR"):
        begin, end = (total(accounts, upto, currency) for upto in (first, first + length + 1))
        moved = sum(
            one.amount if one.kind in UP else -one.amount
            for one in found
            if one.currency == currency
        )
        assert begin + moved == end


def total(accounts: list[list[tuple[int, str]]], upto: int, currency: str) -> Decimal:
    """What all pay in this currency before the month `upto`."""
    last = [figures[:upto][-1] for figures in accounts if figures[:upto]]
    return Decimal(sum(mrr for mrr, of in last if of == currency))
