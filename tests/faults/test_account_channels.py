"""What a channel shows beside its messages, when senders die and Slack's answers get lost."""

from csbot import clock
from csbot.outbox.marks import Mark, bookmark, enqueue_marks, pin, topic
from csbot.outbox.queue import Priority
from tests.faults.processes import Workers, ended
from tests.faults.rig import Rig

LINK = "https://crm.example/1"
METHODS = ("pins.add", "conversations.setTopic", "bookmarks.add")


def ask(rig: Rig, text: str) -> None:
    rig.ask("header")
    set_marks(rig, pin("CA", "header"), topic("CA", text), bookmark("CA", "crm", LINK, "CRM"))


def set_marks(rig: Rig, *marks: Mark) -> None:
    with rig.wiring.sessions.begin() as session:
        enqueue_marks(session, marks, now=clock.now())


def stands(rig: Rig, text: str) -> None:
    assert rig.slack.pins == [("CA", rig.message("header").ts)]
    assert rig.slack.channels["CA"].topic == text
    assert [mark["link"] for mark in rig.slack.bookmarks] == [LINK]
    assert rig.told("U_PRIYA") == []


def test_a_sender_that_dies_at_any_step_leaves_one_of_each(rig: Rig, workers: Workers) -> None:
    ask(rig, "first")
    for step in ("before_send", "after_send", "before_settle", "after_settle"):
        assert ended(workers.start(f"outbox.{step}")) == 137, step
        rig.leases_end()
        set_marks(rig, topic("CA", step), bookmark("CA", "crm", LINK, "CRM"), pin("CA", "header"))
    rig.drain_out()
    stands(rig, "after_settle")


def test_an_answer_that_gets_lost_leaves_one_of_each(rig: Rig) -> None:
    for mode in ("drop_before", "drop_after"):
        for method in METHODS:
            rig.fail(mode, method)
    ask(rig, "Acme")
    rig.drain_out()
    stands(rig, "Acme")


def test_nothing_overtakes_what_is_first(rig: Rig) -> None:
    rig.ask("header", "waits")
    rig.drain_out()
    rig.ask("one", "two", to="CB", priority=Priority.URGENT)
    began = len(rig.slack.calls)
    set_marks(rig, topic("CA", "neutral", neutral=True, priority=Priority.FIRST))
    rig.drain_out()
    assert rig.slack.calls[began].method == "conversations.setTopic"
    rig.assert_each_once("one", "two")


def test_what_is_first_and_ends_unknown_holds_up_nobody_for_its_lease(rig: Rig) -> None:
    rig.fail("drop_before", "conversations.setTopic")
    rig.ask("one", to="CB")
    set_marks(rig, topic("CA", "neutral", neutral=True, priority=Priority.FIRST))
    rig.drain(patience=0.5)
    rig.assert_each_once("one")
