"""What somebody else decides of a renewal reaches the account's owner, once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from csbot.renewals import service
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def acme(desk):
    """Dana's account, due in 50 days for $48,000."""
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    due_on = desk.now.date() + timedelta(days=50)
    account = desk.add(builders.account("Acme Freight", owner_id=dana.id, renewal_on=due_on))
    return desk.add(builders.renewal(account.id, due_on=due_on))


def told(desk, slack_id="U_DANA"):
    desk.deliver()
    person = desk.person(slack_id)
    return [shown for shown in person.messages(person.dm) if "renewal" in shown.text.lower()]


def test_the_owner_hears_once_what_a_colleague_changed_and_what_was_taken_back(desk, acme):
    lee = desk.person("U_LEE", "C_OTHER")
    line = "/cs renewal acme at risk amount 44.5k because the budget was cut next: call Max"
    lee.command(line)
    lee.command(line)
    [seen] = told(desk)
    assert seen.text == (
        "Lee Park changed the renewal of Acme Freight: at risk (was probable), "
        "$44,500 expected, next step call Max."
    )
    assert "*Why:* the budget was cut" in seen.words
    assert desk.person("U_DANA").press(seen, label="Change…").view.title == "Change Renewal"
    assert told(desk, "U_LEE") == []
    lee.command("/cs undo")
    assert "took this back for Acme Freight" in told(desk)[-1].text
    assert "As before: probable, $48,000 expected, all that is due" in told(desk)[-1].words


def test_what_a_form_changed_is_told_too(desk, acme):
    lee = desk.person("U_LEE", "C_OTHER")
    form = lee.press(lee.command("/cs renewal acme").messages[-1], label="Change…").view
    lee.submit(form, {"next_step": "Send the offer"})
    [seen] = told(desk)
    assert seen.text.endswith("changed the renewal of Acme Freight: next step Send the offer.")


def test_nobody_is_told_of_their_own_change(desk, acme):
    desk.person("U_DANA", "C_OTHER").command("/cs renewal acme at risk because of the budget")
    assert told(desk) == []


def test_while_the_owner_is_away_whoever_covers_hears_it_and_that_it_was_taken_back(desk, acme):
    assert desk.person("U_DANA", "C_OTHER").command("/cs away until friday cover @lee").ok
    desk.at(desk.now + timedelta(minutes=1))
    priya = desk.person("U_PRIYA", "C_OTHER")
    priya.command("/cs renewal acme freight at risk because the budget was cut")
    assert told(desk) == []
    [seen] = told(desk, "U_LEE")
    assert seen.text.startswith("Priya Shah changed the renewal of Acme Freight: at risk")
    assert "You cover for Dana Reyes." in seen.words
    desk.at(desk.now + timedelta(minutes=1))
    priya.command("/cs undo")
    assert told(desk) == []
    assert "took this back for Acme Freight" in told(desk, "U_LEE")[-1].text


def test_whoever_covers_and_changes_it_is_not_told_nor_one_who_may_see_no_amounts(desk, acme):
    dana, lee = desk.person("U_DANA", "C_OTHER"), desk.person("U_LEE", "C_OTHER")
    assert dana.command("/cs away until friday cover @lee").ok
    desk.at(desk.now + timedelta(minutes=1))
    assert lee.command("/cs renewal acme freight at risk because the budget was cut").ok
    assert told(desk) == told(desk, "U_LEE") == []
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_LEE").role = "viewer"
    assert desk.person("U_PRIYA", "C_OTHER").command("/cs renewal acme freight next: call Max").ok
    assert told(desk) == told(desk, "U_LEE") == []


def test_an_owner_who_may_see_no_amounts_is_sent_none(desk, acme):
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_DANA").role = "viewer"
    lee = desk.person("U_LEE", "C_OTHER")
    assert lee.command("/cs renewal acme at risk amount 44.5k because the budget was cut").ok
    desk.at(desk.now + timedelta(minutes=1))
    assert "Taken back" in lee.command("/cs undo").words
    assert told(desk) == []


def test_a_change_and_an_undo_at_the_same_moment_wait_for_each_other(desk, acme, monkeypatch):
    """The first holds the renewal until the other one has begun."""
    dana, lee = desk.person("U_DANA", "C_OTHER"), desk.person("U_LEE", "C_OTHER")
    assert lee.command("/cs renewal acme next: call Max").ok
    desk.at(desk.now + timedelta(minutes=1))
    holds, ended, plan_of = threading.Event(), threading.Event(), service.plan_of

    def slowly(renewal):
        if not holds.is_set():
            holds.set()
            ended.wait(1)
        return plan_of(renewal)

    monkeypatch.setattr(service, "plan_of", slowly)
    with ThreadPoolExecutor(2) as pool:
        changed = pool.submit(dana.command, "/cs renewal acme next: send the offer")
        assert holds.wait(30)
        undone = pool.submit(lee.command, "/cs undo")
        undone.add_done_callback(lambda _: ended.set())
    assert "send the offer" in changed.result().words
    assert "Dana Reyes" in undone.result().words
