"""What a slip on a renewal's line must not do, through Slack's protocol; and the way back."""

from datetime import timedelta

import pytest

from csbot.accounts.model import Account
from csbot.renewals.model import Renewal
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def due(desk):
    """A call that gives an account with a renewal due in 50 days for $48,000."""
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")

    def made(name):
        on = desk.now.date() + timedelta(days=50)
        held = builders.account(name, domain=None, owner_id=dana.id, renewal_on=on)
        desk.add(held)
        found = builders.renewal(held.id, due_on=on)
        desk.add(found)
        return found

    return made


def stored(desk, renewal):
    with desk.sessions() as session:
        return session.get_one(Renewal, renewal.id)


def test_a_short_name_closes_and_changes_nothing_before_somebody_has_seen_whose_it_is(desk, due):
    held = due("Acme Freight")
    lee = desk.person("U_LEE", "C_OTHER")
    for line in ("a won 52000", "acme won 52000", "freight commit because Max has said yes"):
        form = lee.command(f"/cs renewal {line}").view
        assert "This is *Acme Freight*, which *Dana Reyes* owns: nothing has changed" in form.words
        assert (stored(desk, held).status, stored(desk, held).category) == ("open", "probable")
    form = lee.command("/cs renewal acme won 52,000").view
    lee.submit(form, {})
    assert stored(desk, held).final_amount == 52_000


def test_a_word_that_begins_two_names_is_asked_about(desk, due):
    theatre, other = due("Globe Theatre"), due("Globex")
    dana = desk.person("U_DANA", "C_OTHER")
    asked = dana.command("/cs renewal globe won 50000").messages[-1]
    assert asked.labels == ["Globe Theatre", "Globex"]
    assert {stored(desk, one).status for one in (theatre, other)} == {"open"}
    dana.press(asked, label="Globex")
    assert [stored(desk, one).status for one in (theatre, other)] == ["open", "won"]
    dana.command("/cs renewal globe next: call Max")
    assert stored(desk, theatre).next_step == "call Max"


def test_an_amount_far_from_what_is_due_is_asked_about_and_an_absurd_one_refused(desk, due):
    held = due("Acme")
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.command("/cs renewal acme amount 1e9").view
    assert "$1,000,000,000 is far from what is due, $48,000" in form.words
    [refusal] = dana.submit(form, {}).errors.items()
    assert refusal[0] == "forecast_amount"
    assert "20,833 times what is due, $48,000" in refusal[1]
    form = dana.command("/cs renewal acme won 5").view
    assert "$5 is far from what is due" in form.words
    [refusal] = dana.submit(form, {"final_amount": "9,600,001"}).errors.items()
    assert refusal[0] == "final_amount"
    assert (stored(desk, held).status, stored(desk, held).forecast_amount) == ("open", None)
    dana.submit(form, {"final_amount": "5"})
    assert stored(desk, held).final_amount == 5


@pytest.mark.parametrize(
    ("day", "why"),
    [("fryday", "I can't read the date *fryday*"), ("31 feb", "*31 feb* does not exist")],
)
def test_a_date_that_is_none_is_asked_about(desk, due, day, why):
    held = due("Acme")
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.command(f"/cs renewal acme next: call Gus by {day}").view
    assert why in form.words
    assert stored(desk, held).next_step is None
    dana.submit(form, {"next_step_on": "2026-12-04"})
    assert stored(desk, held).next_step == "call Gus"


def test_a_wrong_win_is_opened_again_by_whoever_closed_it_or_a_manager(desk, due):
    held = due("Acme")
    dana, lee = desk.person("U_DANA", "C_OTHER"), desk.person("U_LEE", "C_OTHER")
    none = dana.command("/cs renewal acme reopen because I slipped").messages[-1]
    assert "has no renewal that was won" in none.words
    dana.command("/cs renewal acme won 52,000")
    dana.command("/cs checkin acme Called Ann")
    again = dana.command("/cs renewal acme won 50,000").messages[-1]
    assert "`/cs renewal Acme reopen because …` opens it again." in again.words
    for who, line in ((lee, "acme reopen because of x"), (dana, "acme reopen"),
                      (dana, "acm reopen because of x")):  # fmt: skip
        who.command(f"/cs renewal {line}")
        assert stored(desk, held).status == "won"
    seen = dana.command("/cs renewal acme reopen because I slipped").messages[-1]
    assert "The renewal is open again" in seen.words
    assert (stored(desk, held).status, stored(desk, held).final_amount) == ("open", None)
    with desk.sessions() as session:
        assert session.get_one(Account, held.account_id).renewal_on == held.due_on
    dana.command("/cs renewal acme won 50,000")
    desk.person("U_PRIYA", "C_OTHER").command("/cs renewal acme reopen because of the contract")
    assert stored(desk, held).status == "open"


def test_a_win_whose_next_contract_is_worked_on_stays(desk, due):
    held = due("Acme")
    dana = desk.person("U_DANA", "C_OTHER")
    dana.command("/cs renewal acme won 52,000")
    dana.command("/cs renewal acme next: call Max")
    seen = dana.command("/cs renewal acme reopen because I slipped").messages[-1]
    assert "has been worked on since" in seen.words
    assert stored(desk, held).status == "won"
