"""Whose move it is: what waits for the customer is not asked of us."""

from datetime import timedelta

import pytest

from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.turns import accounts_on_customer
from messages.turn import whose_move
from tests import builders
from tests.builders import MONDAY


@pytest.fixture
def session(sessions):
    with sessions() as session:
        yield session


@pytest.fixture
def acme(session):
    acme = builders.account("Acme")
    session.add(acme)
    session.flush()
    return acme


def called(account, by, *, ago: int):
    at, note = MONDAY - timedelta(hours=ago), "Asked Ann what is in the way"
    return CheckIn(account_id=account.id, by_id=by.id, at=at, channel="call", note=note)


def alert(account, *, ago: int, kind: str = "inactive"):
    opened = MONDAY - timedelta(hours=ago)
    return Alert(
        kind=kind, account_id=account.id, severity="soon", evidence={}, fingerprint="f",
        channel="C", since=opened, opened_at=opened, changed_at=opened,
    )  # fmt: skip


def waits(session, *accounts):
    session.flush()
    return accounts_on_customer(session, [one.id for one in accounts], now=MONDAY)


@pytest.fixture
def dana(session):
    dana = builders.member()
    session.add(dana)
    session.flush()
    return dana


def test_it_is_on_the_customer_from_our_word_to_theirs(session, acme, dana):
    other = builders.account("Globex")
    session.add(other)
    assert waits(session, acme, other) == set()
    session.add(called(acme, dana, ago=5))
    assert waits(session, acme, other) == {acme.id}
    session.add(builders.feedback(acme.id, at=MONDAY - timedelta(hours=2)))
    assert waits(session, acme, other) == set()


def test_what_was_said_before_it_began_settles_no_alert(session, acme, dana):
    session.add_all([called(acme, dana, ago=5), alert(acme, ago=3)])
    assert waits(session, acme) == set()
    session.add(called(acme, dana, ago=1))
    assert waits(session, acme) == {acme.id}


@pytest.mark.parametrize("kind", ["feedback", "renewal", "unowned"])
def test_what_we_leave_undone_is_ours_whatever_was_said(session, acme, dana, kind):
    session.add_all([alert(acme, ago=3, kind=kind), called(acme, dana, ago=1)])
    assert waits(session, acme) == set()


def test_an_overdue_task_is_ours_whatever_was_said(session, acme, dana):
    late = (MONDAY - timedelta(days=2)).date()
    session.add_all([called(acme, dana, ago=1), builders.task(acme.id, due_on=late)])
    assert waits(session, acme) == set()


def test_only_whoever_is_alone_with_it_is_called_you():
    assert whose_move(False, yours=True) == "on you"
    assert whose_move(False) == "on us"
    assert whose_move(True, yours=True) == whose_move(True) == "on customer"
