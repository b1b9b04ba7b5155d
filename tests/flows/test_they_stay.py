"""They stay after all, through Slack's protocol: who hears of it, and what ends with it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.churn.model import Churn
from csbot.renewals.model import Renewal
from csbot.renewals.sync import sync
from csbot.tasks.model import Task
from csbot.team.queries import by_slack_id
from tests import builders

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def acme(desk):
    with desk.sessions.begin() as session:
        dana, priya = by_slack_id(session, "U_DANA"), by_slack_id(session, "U_PRIYA")
        dana.manager_id, owner_id = priya.id, dana.id
    held = desk.add(builders.account("Acme", owner_id=owner_id))
    desk.add(builders.renewal(held.id, due_on=held.renewal_on))
    return held


def leaves(desk, on):
    """Dana records it; her card of it."""
    desk.run("playbooks")
    desk.at(desk.now + MINUTE)
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.submit(dana.command("/cs churn acme").view, {
        "type": "price_budget", "evidence": "Their budget was cut to nothing on 12 Nov.",
        "notice_on": desk.now.date().isoformat(), "effective_on": on.date().isoformat(),
        "avoidable": "yes",
    })  # fmt: skip
    passes(desk)
    return [m for m in dana.messages("C_ALERTS") if m.ephemeral][-1]


def passes(desk):
    for _ in range(3):
        desk.at(desk.now + MINUTE)
        desk.run("playbooks")
    desk.deliver()


def told(desk, who, words):
    return [m for m in desk.person(who).messages() if words in m.words]


@pytest.mark.parametrize("days", [0, 30])
def test_whoever_heard_that_they_leave_hears_that_they_stay(desk, acme, days):
    card = leaves(desk, desk.now + days * DAY)
    assert "They stay after all?" in str(card.blocks)
    assert len(told(desk, "U_PRIYA", "Acme leaves on")) == 1
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.press(card, label="They Stay")
    with desk.sessions() as session:
        (asked,) = session.scalars(select(Task))
        assert "what would have kept them" in asked.title
        assert asked.done_at is not None
    passes(desk)
    (note,) = told(desk, "U_PRIYA", "Acme stays after all")
    assert "Dana Reyes took back that they leave on" in note.words
    assert told(desk, "U_DANA", "stays after all") == []
    assert "with the name records it anew" in dana.command("/cs undo").words


def test_who_leaves_has_no_renewal_in_alerts_and_brief(desk, acme):
    desk.add(builders.task(acme.id, assignee_id=acme.owner_id))
    leaves(desk, desk.now + 30 * DAY)
    desk.at(desk.now + 20 * DAY)
    desk.run("detect")
    desk.deliver()
    with desk.sessions() as session:
        assert "task" in session.scalars(select(Alert.kind)).all()
    dana = desk.person("U_DANA", "C_ALERTS")
    cards = "\n".join(m.words for m in desk.in_channel())
    assert "ARR" in cards
    brief = dana.command("/cs brief acme qbr").words
    assert "leaves on" in brief
    for words in (cards, brief):
        assert "renews" not in words
        assert "The contract's end" not in words


def test_who_has_left_without_a_reason_is_named(desk, acme):
    for name in ("Rocket", "Old Oak", "Zebra", "Bee"):
        desk.add(builders.account(name, lifecycle_stage="churned"))
    words = desk.person("U_DANA", "C_ALERTS").command("/cs churn").words
    assert "Bee, Old Oak, Rocket and 1 more are marked as churned" in words


def comes_back(desk, renewal_on):
    """Twenty days after they left; an import brings the new contract, and it is 20 days later."""
    desk.at(desk.now + 20 * DAY)
    begun = desk.person("U_PRIYA", "C_ALERTS").command("/cs stage acme start").words
    assert "Acme is in Onboarding now" in begun
    with desk.sessions.begin() as session:
        held = session.scalars(select(Account)).one()
        held.renewal_on = renewal_on
        session.flush()
        sync(session, [held.id], desk.now)
    desk.at(desk.now + 20 * DAY)


def renewals(desk):
    with desk.sessions() as session:
        return [tuple(row) for row in session.execute(
            select(Renewal.due_on, Renewal.status).order_by(Renewal.due_on))]  # fmt: skip


def test_a_card_of_a_churn_before_they_came_back_takes_no_later_one_back(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    first = leaves(desk, desk.now)
    renews = desk.now.date() + 400 * DAY
    comes_back(desk, renews)
    second = leaves(desk, desk.now)
    for _ in range(2):
        refused = dana.press(first, label="They Stay").words
        assert "Acme came back after this, and has left anew" in refused
    with desk.sessions() as session:
        assert session.scalars(select(Churn.withdrawn_at)).all() == [None, None]
        assert session.scalars(select(Account.lifecycle_stage)).all() == ["churned"]
    # Of two renewals that were lost the one opens that was lost with this churn.
    stays = dana.press(second, label="They Stay").words
    assert f"Its renewal of {renews.day} {renews:%b %Y} is open again" in stays
    assert renewals(desk) == [(acme.renewal_on, "lost"), (renews, "open")]


@pytest.mark.parametrize(("overdue", "status"), [(5, "open"), (45, "lost")])
def test_a_renewal_lost_by_mistake_after_its_day_is_open_again(desk, acme, overdue, status):
    due = desk.now.date() - overdue * DAY
    with desk.sessions.begin() as session:
        session.scalars(select(Account)).one().renewal_on = due
        session.scalars(select(Renewal)).one().due_on = due
    card = leaves(desk, desk.now)
    stays = desk.person("U_DANA", "C_ALERTS").press(card, label="They Stay").words
    assert ("is open again" in stays) == (status == "open")
    assert renewals(desk) == [(due, status)]


def test_who_is_won_back_with_the_same_date_has_the_renewal_open_again(desk, acme):
    leaves(desk, desk.now)
    assert renewals(desk) == [(acme.renewal_on, "lost")]
    comes_back(desk, acme.renewal_on)
    assert renewals(desk) == [(acme.renewal_on, "open")]
    assert "Acme renews on" in desk.person("U_DANA", "C_ALERTS").command("/cs renewal acme").words


def test_who_was_marked_as_churned_before_the_reason_was_recorded_is_a_customer_again(desk, acme):
    with desk.sessions.begin() as session:
        session.scalars(select(Account)).one().lifecycle_stage = "churned"
        sync(session, None, desk.now)
    assert renewals(desk) == [(acme.renewal_on, "withdrawn")]
    card = leaves(desk, desk.now)
    assert renewals(desk) == [(acme.renewal_on, "lost")]
    stays = desk.person("U_DANA", "C_ALERTS").press(card, label="They Stay").words
    assert "It is a customer again, in adoption." in stays
    assert renewals(desk) == [(acme.renewal_on, "open")]
    with desk.sessions() as session:
        assert session.scalars(select(Account.lifecycle_stage)).one() == "adoption"
