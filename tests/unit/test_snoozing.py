"""Snoozing by command: what is no date, or past, is said, and the rest is kept for the form."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from messages.answers import NotQuite
from messages.ids import Action
from messages.snoozing import AccountSnoozeForm
from tests.asking import Floor, controls, shown

WRONG = [
    ("until fryday waiting for legal", "can't read the date *fryday*", "waiting for legal"),
    ("until fryday", "can't read the date *fryday*", ""),
    ("until yesterday waiting", "still to come", "waiting"),
    ("until yesterday", "still to come", ""),
    ("until 31.02.2027 legal", "*31.02.2027* does not exist", "legal"),
    ("31 february legal", "*31 february* does not exist: February has at most 29", "legal"),
    ("until 29 feb 2027 legal", "*29 feb 2027* does not exist: February 2027 has 28", "legal"),
    ("01/02/2027 legal", "write `2027-02-01` or `2027-01-02`", "legal"),
    ("until 9999-12-31 legal", "*9999-12-31* is too far away", "legal"),
    ("until 0001-01-01 legal", "*0001-01-01* is long past", "legal"),
]


@pytest.fixture
def floor(sessions: sessionmaker[Session]) -> Iterator[Floor]:
    with sessions.begin() as session:
        yield Floor(session)


@pytest.mark.parametrize(("text", "why", "kept"), WRONG)
def test_what_is_no_date_to_come_is_said_and_its_form_keeps_the_rest(
    floor: Floor, text: str, why: str, kept: str
) -> None:
    answer = floor.command(floor.dana, f"/cs snooze acme {text}")
    assert isinstance(answer, NotQuite)
    assert why in shown(answer)
    [(action, value)] = controls(answer)
    assert action == Action.FORM_OPEN
    form = floor.press(floor.dana, Action.FORM_OPEN, value)
    assert isinstance(form, AccountSnoozeForm)
    assert (form.account, form.reason) == ("Acme", kept)


def test_a_span_without_a_reason_opens_the_form_with_its_end(floor: Floor) -> None:
    form = floor.command(floor.dana, "/cs snooze acme 3d")
    assert isinstance(form, AccountSnoozeForm)
    assert form.until is not None
    assert form.reason == ""
