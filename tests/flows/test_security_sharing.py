"""Customers' data stays inside: answers, alerts, updates in channels of two organisations."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from csbot.account_channels.moving import follow_channel
from csbot.accounts.model import Account
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Priority, enqueue, enqueue_update
from csbot.outbox.sender import drain
from csbot.settings import Settings
from csbot.team.queries import by_slack_id
from csbot.workspace.faults import Fault
from csbot.workspace.model import User
from messages.said import Said
from tests.builders import MONDAY, account, feedback, member, task

ACME = Said(sentence="Acme is at risk")
NEUTRAL = "This channel is shared with another organisation: csbot says nothing here."
SHARED = ["is_ext_shared", "is_pending_ext_shared"]


@pytest.fixture
def room(desk):
    desk.add(account("Acme"))
    return desk.slack.channels["C_ALERTS"]


def say(desk, key: str, message: Said = ACME) -> None:
    with desk.sessions.begin() as session:
        enqueue(session, message, to="#cs-alerts", key=key, now=desk.now)


def allowing(desk, *names: str):
    """The same csbot, with channels that another organisation may read."""
    config = desk.settings.config
    channels = config.channels.model_copy(update={"shared_allowed": list(names)})
    changed = config.model_copy(update={"channels": channels})
    return replace(desk.wiring, settings=Settings(env=desk.settings.env, config=changed))


@pytest.mark.parametrize("flag", SHARED)
def test_an_answer_is_not_shared_where_another_organisation_reads_along(desk, room, flag):
    setattr(room, flag, True)
    seen = desk.person("U_DANA", "C_ALERTS").command("/cs account acme --share")
    assert seen.ephemeral is not None
    assert "another organisation" in seen.words
    assert desk.in_channel() == []


def test_an_answer_after_a_choice_is_shared_as_asked_and_once(desk, room):
    desk.add(account("Globex"), account("Globe Theatre"))
    dana = desk.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs account glob --share").ephemeral
    chosen = dana.press(asked, label="Globex")
    desk.deliver()
    assert [m.text.split(":")[0] for m in desk.in_channel()] == ["Globex"]
    assert "Everybody here can read the answer" in chosen.words
    assert asked.ts not in [m.ts for m in dana.messages("C_ALERTS") if m.labels]


def test_a_private_question_is_answered_in_private(desk, room):
    desk.add(account("Globex"), account("Globe Theatre"))
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.press(dana.command("/cs account glob").ephemeral, label="Globex")
    assert desk.in_channel() == []


@pytest.mark.parametrize("flag", SHARED)
def test_a_choice_is_not_shared_where_another_organisation_reads_along(desk, room, flag):
    desk.add(account("Globex"), account("Globe Theatre"))
    dana = desk.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs account glob --share").ephemeral
    setattr(room, flag, True)
    seen = dana.press(asked, label="Globex")
    assert "Globex: $48k" in seen.words
    assert "another organisation" in seen.words
    assert desk.in_channel() == []


def test_an_answer_is_not_shared_while_slack_cannot_tell_who_reads_along(desk, room):
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.command("/cs my")
    desk.slack.faults.order(Fault("conversations.info", "error", error="missing_scope"))
    assert "cannot tell" in dana.command("/cs account acme --share").words
    assert desk.in_channel() == []
    assert dana.command("/cs account acme --share").ephemeral is None
    desk.deliver()
    assert len(desk.in_channel()) == 1


def test_an_answer_is_shared_only_where_it_can_be_taken_out_again(desk, room):
    desk.slack.add_channel("C_AWAY", "away", members=["U_DANA"], with_bot=False)
    seen = desk.person("U_DANA", "C_AWAY").command("/cs account acme --share").ephemeral
    assert "Acme" in seen.text
    assert "/invite @csbot" in seen.words
    desk.deliver()
    assert [m for m in desk.slack.messages.get("C_AWAY", {}).values() if not m.ephemeral_to] == []


@pytest.mark.parametrize("flag", SHARED)
def test_nothing_is_posted_there_unless_the_channel_is_listed(desk, room, flag):
    setattr(room, flag, True)
    say(desk, "k")
    desk.deliver()
    assert desk.in_channel() == []
    for listed in ("#cs-alerts", "cs-alerts", "C_ALERTS"):
        say(desk, f"k.{listed}")
        drain(allowing(desk, "#other", listed), now=desk.now)
    assert len(desk.in_channel()) == 3


def test_a_channel_that_becomes_shared_gets_no_more_messages_and_no_more_updates(desk, room):
    say(desk, "first")
    desk.deliver()
    room.is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": "C_ALERTS"})
    desk.slack.events.wait_idle()
    say(desk, "second")
    with desk.sessions.begin() as session:
        changed = Said(sentence="Acme pays $48k")
        enqueue_update(session, changed, target="first", now=desk.now)
    desk.deliver()
    assert [m.text for m in desk.in_channel()] == [NEUTRAL]


def shared(desk, channel: str) -> None:
    """Another organisation comes into it, and Slack says so."""
    desk.slack.channels[channel].is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": channel})
    desk.slack.events.wait_idle()
    desk.deliver()


def test_an_answer_for_everybody_is_taken_out_of_any_channel_that_becomes_shared(desk, room):
    dana = desk.person("U_DANA", "C_OTHER")
    dana.say("@csbot acme")
    dana.command("/cs account acme --share")
    desk.add(account("Globex"), account("Globe Theatre"))
    dana.press(dana.command("/cs account glob --share").ephemeral, label="Globex")
    form = dana.command("/cs checkin acme --share").view
    dana.submit(form, {"note": "They want out"})
    desk.slack.events.wait_idle()
    desk.deliver()
    shared(desk, "C_OTHER")
    with desk.slack.lock:
        there = list(desk.slack.messages["C_OTHER"].values())
    left = [m for m in there if m.bot_id and m.ephemeral_to is None]
    assert [m.text for m in left] == [NEUTRAL] * 4


def test_what_stands_in_the_alerts_channel_is_taken_out_when_it_becomes_shared(desk, named):
    desk.add(account("Globex", owner_id=desk.dana_id))
    with desk.sessions() as session:
        globex = session.scalars(select(Account.id).where(Account.name == "Globex")).one()
    desk.add(task(globex, "Call", due_on=MONDAY.date(), assignee_id=desk.dana_id))
    desk.run("detect")
    (card,) = desk.in_channel()
    shared(desk, "C_ALERTS")
    for minutes in (1, 6, 12):
        desk.at(MONDAY + timedelta(minutes=minutes))
        desk.add(feedback(globex, score=1))
        desk.run("detect")
        desk.deliver()
    assert [m.text for m in desk.in_channel()] == [NEUTRAL]
    told = [m.words for m in desk.person("U_ADA").messages() if "#cs-alerts" in m.words]
    assert ["shared with another organisation" in words for words in told] == [True]
    assert "Nothing is lost" in told[0]
    desk.slack.channels["C_ALERTS"].is_ext_shared = False
    desk.run("audit")
    desk.deliver()
    assert card.text in [m.text for m in desk.in_channel()]


@pytest.fixture
def named(desk):
    """An account of Dana's whose file names a channel that the customer may be in; Ada is admin."""
    desk.slack.add_user(User("U_ADA", "ada", "Ada Min", email="ada@vendor.example"))
    desk.slack.add_channel("C_EXT", "ext-acme", members=["U_DANA", "U_PRIYA"])
    desk.add(member("Ada Min", role="admin"))
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    made = desk.add(account("Acme", owner_id=dana.id, channel="#ext-acme"))
    desk.dana_id = dana.id
    return made


def test_alerts_of_an_account_whose_named_channel_is_shared_are_told_in_the_alerts_channel(
    desk, named
):
    desk.slack.channels["C_EXT"].is_ext_shared = True
    desk.add(feedback(named.id, score=5))
    desk.run("detect")
    (card,) = desk.in_channel()
    assert "<@U_DANA>" in card.words
    assert "Alerts go to #cs-alerts instead." in desk.person("U_ADA").last().words
    desk.at(desk.now + timedelta(hours=4, minutes=5))
    desk.run("detect")
    assert "Nobody has taken this" in desk.person("U_PRIYA").messages("C_ALERTS", card.ts)[-1].text
    assert desk.person("U_PRIYA").press(card, label="Acknowledge").ok
    desk.deliver()
    assert "Priya Shah has it" in desk.in_channel()[0].text
    assert desk.slack.messages.get("C_EXT", {}) == {}


@pytest.mark.parametrize("many", [1, 8])
def test_what_stands_in_a_named_channel_is_taken_out_when_it_becomes_shared(desk, named, many):
    late = MONDAY.date() - timedelta(days=3)
    for n in range(many):
        desk.add(task(named.id, f"Call {n}", due_on=late, assignee_id=desk.dana_id))
    desk.run("detect")
    (card,) = desk.in_channel("#ext-acme")
    desk.slack.channels["C_EXT"].is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": "C_EXT"})
    desk.slack.events.wait_idle()
    desk.run("detect")
    assert [m.text for m in desk.in_channel("#ext-acme")] == [NEUTRAL]
    (anew,) = desk.in_channel()
    assert anew.text == card.text
    desk.at(desk.now + timedelta(minutes=5))
    desk.add(feedback(named.id, score=5))
    desk.run("detect")
    assert len(desk.in_channel()) == 2
    assert len(desk.in_channel("#ext-acme")) == 1
    updates = [call for call in desk.slack.calls if call.method == "chat.update"]
    assert len([one for one in updates if one.args["channel"] == "C_EXT"]) == 1


def test_taking_out_a_long_history_holds_nobody_up(desk, named):
    """A minute of all that may be rewritten goes first; the rest when nothing else waits."""
    old = {
        "call": "post", "message": "alert_task", "lane": "#ext-acme", "slack_channel": "C_EXT",
        "payload": {"text": "old", "blocks": []}, "state": "sent", "attempts": 1, "priority": 1,
        "created_at": MONDAY, "not_before": MONDAY,
    }  # fmt: skip
    rows = [old | {"key": f"old:{n}", "slack_ts": f"1700000000.{n:06}"} for n in range(100)]
    with desk.sessions.begin() as session:
        session.execute(insert(OutgoingMessage), rows)
        moved = {"type": "channel_shared", "channel": "C_EXT"}
        follow_channel(session, moved, "C_EXT", settings=desk.settings, now=desk.now)
        neutral = OutgoingMessage.message == "channel_neutral"
        ways = select(OutgoingMessage.target, OutgoingMessage.priority).where(neutral)
        urgent = dict(session.execute(ways).all())
    assert urgent == {
        f"old:{n}": Priority.URGENT if n >= 70 else Priority.ROUTINE for n in range(100)
    }
