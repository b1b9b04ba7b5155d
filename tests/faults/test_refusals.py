"""Slack says no: not now, not here, not this, not you."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from csbot import clock
from csbot.outbox.auditor import health, retry_dead, revive
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import enqueue, enqueue_private
from csbot.workspace.state import BOT_TOKEN, BOT_USER
from messages.digests import Digest
from messages.said import Said
from tests.faults.rig import ADMIN, Rig

GOOD = ("one", "two")


def test_a_429_holds_its_channel_until_retry_after_and_no_other(rig: Rig) -> None:
    rig.fail("ratelimited", channel="CA", retry_after=1)
    rig.ask(*GOOD)
    rig.ask("elsewhere", to="CB")
    first = rig.drain(patience=0.5)
    assert (first.sent, first.waiting) == (1, 2)
    assert rig.row("one").attempts == 0
    rig.drain()
    rig.assert_each_once(*GOOD, "elsewhere")
    assert rig.slack.faults_of("early_retry") == []


def test_a_storm_of_429_loses_and_doubles_nothing(rig: Rig) -> None:
    rig.fail("ratelimited", times=3, channel="CA")
    rig.fail("ratelimited", times=2, channel="CB")
    rig.fail("ratelimited", "conversations.history")
    rig.fail("drop_after", channel="CC")
    for room in ("CA", "CB", "CC"):
        rig.ask(f"{room} first", f"{room} second", to=room)
    rig.drain_out()
    rig.assert_each_once(*[f"{r} {n}" for r in ("CA", "CB", "CC") for n in ("first", "second")])
    assert rig.received("CA") == ["CA first", "CA second"]
    assert rig.slack.faults_of("early_retry") == []


def test_a_poisoned_message_dies_and_the_rest_of_its_channel_flows(rig: Rig) -> None:
    rig.fail("error", error="msg_blocks_too_long")
    rig.ask("poison", *GOOD)
    rig.drain()
    assert rig.states() | {"poison": "dead", "one": "sent", "two": "sent"} == rig.states()
    rig.assert_each_once(*GOOD)


def test_admins_hear_of_a_cause_once_a_day_and_never_of_that_itself(rig: Rig) -> None:
    rig.slack.channels["CA"].archived = True
    rig.ask(*GOOD)
    rig.drain()
    told = rig.told(ADMIN)
    assert len(told) == 1
    assert "the channel is archived" in told[0]
    rig.ask("three")
    rig.fail("error", error="msg_blocks_too_long", channel=rig.direct(ADMIN))
    rig.drain()
    assert len(rig.told(ADMIN)) == 1


def archive(rig: Rig) -> None:
    rig.slack.channels["CA"].archived = True


def throw_out(rig: Rig) -> None:
    rig.slack.channels["CA"].members.discard(BOT_USER)


def share(rig: Rig) -> None:
    rig.slack.channels["CA"].is_ext_shared = True


def revoke(rig: Rig) -> None:
    rig.slack.tokens[BOT_TOKEN].state = "token_revoked"


def take_scope(rig: Rig) -> None:
    rig.slack.tokens[BOT_TOKEN].scopes.discard("chat:write")


def mend(rig: Rig) -> None:
    room, token = rig.slack.channels["CA"], rig.slack.tokens[BOT_TOKEN]
    room.archived = room.is_ext_shared = False
    room.members.add(BOT_USER)
    token.state = ""
    token.scopes.add("chat:write")


@pytest.mark.parametrize(
    ("to", "harm"),
    [("CA", archive), ("#ca", throw_out), ("#ca", share), ("CA", revoke), ("#ca", take_scope)],
)
def test_what_was_refused_goes_out_once_the_cause_is_mended(
    rig: Rig, harm: Callable[[Rig], None], to: str
) -> None:
    harm(rig)
    rig.ask(*GOOD, to=to)
    rig.drain()
    assert rig.received("CA") == []
    assert revive(rig.wiring, now=clock.now()) == 0
    mend(rig)
    assert revive(rig.wiring, now=clock.now()) >= 2
    rig.drain()
    assert rig.received("CA") == [*GOOD]


def test_a_long_weekend_loses_no_alert_and_brings_no_old_digest(rig: Rig) -> None:
    friday = clock.now() - timedelta(days=3, hours=14)
    archive(rig)
    rig.ask(*GOOD, now=friday)
    with rig.wiring.sessions.begin() as session:
        enqueue(session, Digest.example(), to="CA", key="digest of Friday", now=friday)
    rig.drain()
    mend(rig)
    assert revive(rig.wiring, now=clock.now()) == 2
    rig.drain()
    assert rig.received("CA") == [*GOOD]
    assert rig.states()["digest of Friday"] == "dead"


def test_a_refused_message_can_be_sent_again_by_hand(rig: Rig) -> None:
    rig.fail("error", error="restricted_action")
    rig.ask("one")
    rig.drain()
    with rig.wiring.sessions.begin() as session:
        assert not health(session, now=clock.now()).well
        assert retry_dead(session, lane="CB", now=clock.now()) == 0
        assert retry_dead(session, now=clock.now()) == 1
    rig.drain()
    rig.assert_each_once("one")


def test_where_history_may_not_be_read_a_message_is_uncertain_and_never_repeated(rig: Rig) -> None:
    scopes = rig.slack.tokens[BOT_TOKEN].scopes
    scopes -= {"channels:history", "groups:history"}
    rig.fail("drop_after")
    rig.ask("one")
    rig.drain()
    rig.drain_out()
    assert rig.row("one").state == "uncertain"
    assert revive(rig.wiring, now=clock.now()) == 0
    rig.drain()
    assert len(rig.calls("chat.postMessage")) == 2, "the message and the notice to the admin"
    assert "may not have arrived" in rig.told(ADMIN)[0]
    scopes |= {"channels:history", "groups:history"}
    assert revive(rig.wiring, now=clock.now()) == 1
    rig.drain()
    rig.assert_each_once("one")
    assert rig.row("one").state == "sent"


def test_charts_that_a_workspace_refuses_are_left_out(rig: Rig) -> None:
    rig.slack.charts_allowed = False
    chart = {
        "type": "data_visualization",
        "title": "Due",
        "chart": {"type": "pie", "segments": [{"label": "Nov", "value": 3}]},
    }
    rig.ask("one")
    with rig.wiring.sessions.begin() as session:
        row = session.query(OutgoingMessage).one()
        row.payload = {**row.payload, "blocks": [*row.payload["blocks"], chart]}
    rig.drain()
    rig.assert_each_once("one")
    assert [block["type"] for block in rig.message("one").blocks] == ["section"]
    assert "does not take charts" in rig.told(ADMIN)[0]
    with rig.wiring.sessions() as session:
        assert health(session, now=clock.now()).without_charts == 1


def test_what_cannot_be_shown_in_a_channel_goes_to_the_person_directly(rig: Rig) -> None:
    with rig.wiring.sessions.begin() as session:
        enqueue_private(
            session, Said(sentence="psst"), channel="CD", person="U_LEE", key="p", now=clock.now()
        )
    rig.drain()
    assert rig.told("U_LEE") == ["psst"]


@pytest.mark.parametrize("code", ["not_in_channel", "restricted_action"])
def test_an_answer_that_cannot_be_given_there_comes_to_whoever_asked(rig: Rig, code: str) -> None:
    rig.fail("error", error=code, channel="CA")
    rig.ask("answer", asked_by="U_DANA")
    rig.drain()
    assert rig.told("U_DANA") == ["answer"]
