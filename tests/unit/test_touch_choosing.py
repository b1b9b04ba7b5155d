"""A draft of many is found by the name of the customer or the person."""

from datetime import timedelta
from typing import Any

import pytest

from csbot.errors import Forbidden, Refused
from csbot.touches.choosing import NOT_FOUND, drafts
from csbot.touches.model import Approval, Touch
from handlers import touches
from handlers.ask import SUGGESTS, Suggest
from messages.form import render_form
from messages.ids import Action
from messages.touches import To, TouchPick
from tests import builders
from tests.asking import Floor
from tests.builders import MONDAY

assert touches
LATER = MONDAY + timedelta(days=5)


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        yield Floor(session)


def asked(floor: Floor, *accounts: Any) -> int:
    """A question about a draft to Ann of each account."""
    question = Approval(playbook="p", step="s", owner_id=floor.dana.id, to="U_DANA",
                        created_at=MONDAY, expires_at=LATER)  # fmt: skip
    floor.session.add(question)
    floor.session.flush()
    for account in accounts:
        ann = builders.contact(account.id, "Ann Lee", email=f"ann{account.id}@c.example")
        floor.session.add(ann)
        floor.session.flush()
        floor.session.add(
            Touch(playbook="p", account_id=account.id, contact_id=ann.id, address=ann.email,
                  approval_id=question.id, channel="email", token=f"t{account.id}", send_at=MONDAY,
                  words={"subject": "Hi", "body": account.name}, created_at=MONDAY,
                  expires_at=LATER)
        )  # fmt: skip
    floor.session.flush()
    return question.id


def labels(found: list[tuple[int, str]]) -> list[str]:
    return [label for _, label in found]


def test_drafts_are_found_by_customer_person_or_address_and_never_by_a_pattern(floor):
    id = asked(floor, floor.acme, floor.globex)
    for typed, wanted in {
        "": ["Acme: Ann Lee", "Globex: Ann Lee"],
        "GLOB": ["Globex: Ann Lee"],
        "ann l": ["Acme: Ann Lee", "Globex: Ann Lee"],
        f"ann{floor.acme.id}@": ["Acme: Ann Lee"],
        "%": [NOT_FOUND[1]],
        "x" * 10_000: [NOT_FOUND[1]],
    }.items():
        assert labels(drafts(floor.session, id, typed, by=floor.dana, now=MONDAY)) == wanted


def test_more_than_a_menu_holds_says_so_on_its_last_line(floor):
    many = [builders.account(f"Site {n:03}", owner_id=floor.dana.id) for n in range(120)]
    floor.session.add_all(many)
    floor.session.flush()
    id = asked(floor, *many)
    found = drafts(floor.session, id, "", by=floor.dana, now=MONDAY)
    assert (len(found), found[-1]) == (100, NOT_FOUND)
    assert labels(drafts(floor.session, id, "site 119", by=floor.dana, now=MONDAY)) == [
        "Site 119: Ann Lee"
    ]


def test_nobody_finds_what_they_may_not_decide_on(floor):
    id = asked(floor, floor.acme)
    assert drafts(floor.session, id, "", by=floor.lee, now=MONDAY) == [NOT_FOUND]
    assert labels(drafts(floor.session, id, "", by=floor.priya, now=MONDAY)) == ["Acme: Ann Lee"]
    with pytest.raises(Forbidden):
        drafts(floor.session, id, "", by=floor.vic, now=MONDAY)


@pytest.mark.parametrize("remembered", [{}, {"approval_id": "1"}, {"approval_id": None}])
def test_a_menu_of_a_forged_form_offers_nothing(floor, remembered):
    asked = Suggest(session=floor.session, settings=floor.settings, person=floor.dana,
                    now=MONDAY, typed="", remembered=remembered)  # fmt: skip
    with pytest.raises(Refused):
        SUGGESTS[Action.TOUCH_SELECT](asked)


@pytest.mark.parametrize(("many", "kind"), [(100, "static_select"), (101, "external_select")])
def test_the_form_searches_where_a_menu_would_not_hold_them(many, kind):
    to = tuple(To(n, f"Site {n}", "Ann", "a@b.example") for n in range(1, many + 1))
    (block,) = render_form(TouchPick(approval_id=1, version=1, to=to))["blocks"]
    assert block["element"]["type"] == kind


def test_the_line_that_says_so_cannot_be_chosen(floor):
    id = asked(floor, floor.acme)
    form = TouchPick(approval_id=id, version=1, to=())
    with pytest.raises(Refused) as refused:
        floor.submit(floor.dana, form, touch="0")
    assert refused.value.field == "touch"
