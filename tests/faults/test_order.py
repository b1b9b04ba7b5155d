"""What goes first, what waits for what, and that nobody is held up by somebody else's trouble."""

from sqlalchemy import update

from csbot import clock
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Priority, enqueue_update
from messages.said import Said
from tests.faults.rig import ROOMS, Rig


def rewrite(rig: Rig, key: str, text: str) -> None:
    with rig.wiring.sessions.begin() as session:
        enqueue_update(session, Said(sentence=text), target=key, now=clock.now())


def test_urgent_goes_before_routine_and_otherwise_first_come_first_served(rig: Rig) -> None:
    rig.ask("routine", priority=Priority.ROUTINE)
    rig.ask("normal 1", "normal 2")
    rig.ask("urgent", priority=Priority.URGENT)
    rig.drain()
    assert rig.received() == ["urgent", "normal 1", "normal 2", "routine"]


def test_what_is_due_later_stays(rig: Rig) -> None:
    now = clock.now()
    rig.ask("later", not_before=now.replace(year=now.year + 1))
    assert (rig.drain().sent, rig.received()) == (0, [])


def test_a_short_outage_keeps_the_order_of_a_channel(rig: Rig) -> None:
    rig.fail("http_500", channel="CA")
    rig.ask("1", "2", "3")
    rig.drain_out()
    assert rig.received("CA") == ["1", "2", "3"]


def test_a_channel_that_hangs_does_not_hold_up_the_others(impatient: Rig) -> None:
    rig = impatient
    rig.fail("hang_before", channel="CA", times=9)
    rig.ask("stuck")
    for room in ROOMS[1:]:
        rig.ask(*[f"{room} {n}" for n in range(5)], to=room)
    assert rig.drain().sent == 15
    assert rig.received("CA") == []


def test_of_several_waiting_updates_only_the_newest_goes_out(rig: Rig) -> None:
    rig.ask("one")
    rig.drain()
    rig.fail("ratelimited", "chat.update")
    rewrite(rig, "one", "second")
    rig.drain(patience=0.5)
    rewrite(rig, "one", "third")
    rewrite(rig, "one", "fourth")
    rig.drain()
    assert rig.received() == ["fourth"]
    assert [call["text"] for call in rig.calls("chat.update")] == ["second", "fourth"]


def test_an_update_whose_answer_got_lost_gives_way_to_a_newer_one(rig: Rig) -> None:
    rig.ask("one")
    rig.drain()
    rig.fail("drop_before", "chat.update")
    rewrite(rig, "one", "second")
    rig.drain()
    rewrite(rig, "one", "third")
    rig.drain_out()
    assert rig.received() == ["third"]
    assert sorted(rig.states().values()) == ["sent", "sent", "superseded"]


def test_an_update_waits_for_its_post(rig: Rig) -> None:
    rig.fail("drop_after")
    rig.ask("one")
    rig.drain()
    rewrite(rig, "one", "second")
    rig.drain_out()
    assert rig.received() == ["second"]
    assert len(rig.calls("chat.postMessage")) == 1


def test_an_update_of_a_message_that_is_gone_ends_quietly(rig: Rig) -> None:
    rig.ask("one")
    rig.drain()
    rig.slack.remove(rig.message("one"))
    rewrite(rig, "one", "second")
    assert rig.drain().dead == 1
    assert len(rig.calls("chat.postMessage")) == 1, "no admin needs to hear of it"


def test_a_refused_post_takes_over_what_its_update_wanted_to_say(rig: Rig) -> None:
    rig.fail("drop_before")
    rig.ask("one")
    rig.drain()
    rewrite(rig, "one", "second")
    rig.fail("error", error="msg_blocks_too_long")
    rig.drain_out()
    assert rig.row("one").payload["text"] == "second"


def test_a_reply_waits_for_its_parent_and_is_found_in_the_thread(rig: Rig) -> None:
    rig.fail("drop_after")
    rig.ask("parent")
    rig.drain()
    rig.ask("reply", thread="parent")
    rig.fail("drop_after")
    rig.drain_out()
    rig.assert_each_once("parent", "reply")
    assert rig.message("reply").thread_ts == rig.message("parent").ts


def test_a_reply_whose_thread_is_gone_becomes_a_message_of_its_own(rig: Rig) -> None:
    rig.ask("parent", "other")
    rig.drain()
    rig.slack.remove(rig.message("parent"))
    rig.ask("late", thread="parent")
    rig.fail("error", error="msg_blocks_too_long", channel="CB")
    rig.ask("refused", to="CB")
    rig.ask("orphan", to="CB", thread="refused")
    rig.ask("stray", to="CB", thread="nobody knows this one")
    rig.drain()
    rig.drain()
    rig.assert_each_once("other", "late", "orphan", "stray")


def test_every_channel_keeps_slacks_pace(rig: Rig) -> None:
    for room in ROOMS:
        rig.ask(*[f"{room} {n}" for n in range(12)], to=room)
    rig.drain()
    assert len(rig.received()) == 48
    assert [call for call in rig.slack.calls if call.error == "ratelimited"] == []


def test_a_row_that_nobody_can_make_sense_of_does_not_end_the_sender(rig: Rig) -> None:
    rig.ask("one", to="CB")
    rig.ask("two")
    with rig.wiring.sessions.begin() as session:
        session.execute(
            update(OutgoingMessage).where(OutgoingMessage.key == "one").values(payload={})
        )
    assert rig.drain().sent == 1
    assert rig.received() == ["two"]
