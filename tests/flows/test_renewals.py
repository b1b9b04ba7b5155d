"""Renewals through Slack's protocol: a manager reads them, an owner changes one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def book(desk):
    """Twelve renewals of Dana's, one a week from today, Acme's first."""
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    names = ["Acme", *(f"Account {n:02}" for n in range(1, 12))]
    accounts = [builders.account(name, domain=None, owner_id=dana.id) for name in names]
    desk.add(*accounts)
    today = desk.now.date()
    desk.add(
        *(
            builders.renewal(
                held.id,
                due_on=today + timedelta(days=3 + 7 * n),
                amount_due=Decimal(10_000 * (n + 1)),
                category="at_risk" if n == 11 else "probable",
            )
            for n, held in enumerate(accounts)
        )
    )


def test_a_manager_reads_turns_and_filters_the_list(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    seen = priya.command("/cs renewals 90d")
    (first,) = seen.messages
    assert first.ephemeral
    assert first.text.startswith("Renewals until 21 Feb: 12 accounts, $780k due, forecast $513k")
    assert "*Acme* $10k, 3 days, health 70, probable, Dana Reyes, _no next step_" in first.words
    assert first.labels.count("Change…") == 10
    turned = priya.press(first, label="Next Page")
    second = [*turned.messages, *turned.updated][-1]
    assert second.labels.count("Change…") == 2
    assert "Page 2 of 2" in second.words
    old = priya.press(first, label="Next Page")
    assert old.error is None
    risky = priya.choose(first, "Only at Risk")
    assert "1 account, $120k due" in [*risky.messages, *risky.updated][-1].text
    wrong = priya.command("/cs renewals 90d enterprize")
    assert "I can't read *enterprize*" in wrong.messages[-1].words


def test_the_list_can_be_kept_in_one_s_direct_messages_once(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    listed = priya.command("/cs renewals 90d").messages[-1]
    assert "Kept: it is on its way" in priya.choose(listed, "Keep").words
    assert "kept this one already" in priya.choose(listed, "Keep").words
    desk.deliver()
    (kept,) = priya.messages()
    assert kept.text == listed.text
    assert "Keep" not in kept.words
    assert "Page 2 of 2" in priya.press(kept, label="Next Page").words
    robin = desk.person("U_ROBIN", "C_OTHER")
    shared = priya.command("/cs renewals 90d --share").messages[-1]
    assert "for CSMs and managers" in robin.choose(shared, "Keep").words


def test_an_owner_changes_a_category_with_a_reason(desk, book):
    dana = desk.person("U_DANA", "C_ALERTS")
    listed = dana.command("/cs renewals me 10d").messages[-1]
    form = dana.press(listed, label="Change…", value=_first(desk)).view
    assert form is not None
    refused = dana.submit(form, {"category": "At risk"})
    assert refused.errors == {"reason": "Say in a few words why the category changes."}
    dana.submit(form, {"category": "At risk", "reason": "Champion left", "next_step": "Exec call"})
    desk.deliver()
    assert "Acme: at risk (was probable). Next: Exec call." in dana.messages("C_ALERTS")[-1].text
    with desk.sessions() as session:
        step = session.scalars(select(RenewalCategoryChange)).one()
    assert (step.before, step.after, step.reason) == ("probable", "at_risk", "Champion left")
    again = dana.command("/cs renewals me 10d").messages[-1]
    assert "at risk, Dana Reyes, _Exec call_" in again.words


def _first(desk) -> str:
    with desk.sessions() as session:
        return str(session.scalars(select(Renewal.id).order_by(Renewal.due_on)).first())


def test_a_viewer_asks_for_access_instead(desk, book):
    robin = desk.person("U_ROBIN", "C_OTHER")
    seen = robin.command("/cs renewals").messages[-1]
    assert seen.text == "Renewal amounts are for CSMs and managers."
    assert seen.labels == ["Ask for Access"]
    assert "$" not in seen.words
