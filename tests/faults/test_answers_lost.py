"""Slack accepts a message and its answer gets lost, in every way an answer can get lost."""

from csbot import clock
from csbot.outbox.queue import enqueue_private
from messages.said import Said
from tests.faults.rig import ROOMS, Rig

LOST = ("drop_after", "http_500_after", "internal_error_after", "garbage_after")


def test_what_is_asked_for_arrives_once(rig: Rig) -> None:
    rig.ask("one", "two")
    rig.ask("three", to="CB")
    assert rig.drain().sent == 3
    rig.assert_each_once("one", "two", "three")
    assert rig.drain().sent == 0


def test_an_answer_lost_after_slack_accepted_is_found_out_not_repeated(rig: Rig) -> None:
    for mode in LOST:
        rig.fail(mode)
    for room in ROOMS:
        rig.ask(f"{room} first", f"{room} second", to=room)
    rig.drain_out()
    rig.assert_each_once(*[f"{room} {nth}" for room in ROOMS for nth in ("first", "second")])
    assert rig.slack.faults.waiting == 0
    assert rig.row("CA first").slack_ts == rig.message("CA first").ts


def test_an_answer_that_never_comes_is_found_out_not_waited_for(impatient: Rig) -> None:
    impatient.fail("hang")
    impatient.ask("first", "second")
    impatient.drain_out()
    impatient.assert_each_once("first", "second")
    assert impatient.row("first").slack_ts == impatient.message("first").ts


def test_a_request_that_never_arrived_is_made_again(rig: Rig) -> None:
    rig.fail("drop_before")
    rig.fail("http_500", channel="CB")
    rig.ask("one")
    rig.ask("two", to="CB")
    rig.drain_out()
    rig.assert_each_once("one", "two")


def test_a_message_is_never_posted_again_while_its_answer_is_out(rig: Rig) -> None:
    rig.fail("drop_after")
    rig.ask("one")
    assert rig.drain().waiting == 1
    assert rig.drain().waiting == 1
    assert len(rig.calls("chat.postMessage")) == 1


def test_a_message_to_a_person_is_found_in_the_direct_conversation(rig: Rig) -> None:
    rig.fail("drop_after")
    rig.ask("hello", to="U_DANA")
    rig.drain_out()
    rig.assert_each_once("hello")


def test_what_only_one_person_sees_is_not_repeated(rig: Rig) -> None:
    rig.fail("drop_after", "chat.postEphemeral")
    with rig.wiring.sessions.begin() as session:
        enqueue_private(
            session, Said(sentence="psst"), channel="CA", person="U_DANA", key="p", now=clock.now()
        )
    rig.drain_out()
    assert len(rig.calls("chat.postEphemeral")) == 1
    assert rig.states() == {"p": "uncertain"}


def test_a_message_among_hundreds_of_newer_ones_is_found(rig: Rig) -> None:
    rig.fail("drop_after")
    rig.ask("one")
    rig.drain()
    rig.people_write(450, room="CA")
    rig.drain_out()
    rig.assert_each_once("one")
    assert len(rig.calls("conversations.history")) >= 3


def test_a_message_that_a_person_deleted_meanwhile_comes_once_more_at_most(rig: Rig) -> None:
    """Slack's history does not tell a deleted message from one that never came."""
    rig.fail("drop_after")
    rig.ask("one")
    rig.drain()
    rig.slack.remove(rig.message("one"))
    rig.drain_out()
    rig.assert_each_once("one")
