"""What somebody else decides of a renewal reaches the account's owner, once."""

from datetime import timedelta

import pytest

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
