"""They stay after all, through Slack's protocol: who hears of it, and what ends with it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.alerts.model import Alert
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
