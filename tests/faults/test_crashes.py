"""The sender dies at every step of posting: each message arrives once all the same."""

import signal

import pytest

from tests.faults.processes import Workers, ended, eventually, signalled
from tests.faults.rig import Rig

STEPS = ("after_claim", "before_send", "after_send", "before_settle", "after_settle")


def test_a_sender_that_dies_at_any_step_leaves_one_message_to_each(
    rig: Rig, workers: Workers
) -> None:
    rig.ask("one", "two")
    for step in STEPS:
        assert ended(workers.start(f"outbox.{step}")) == 137, step
        rig.ask(f"after {step}", to="CB")
        rig.leases_end()
    rig.drain_out()
    rig.assert_each_once("one", "two", *[f"after {step}" for step in STEPS])


@pytest.mark.parametrize("step", ["before_look", "after_look"])
def test_a_sender_that_dies_while_it_looks_leaves_one_message(
    rig: Rig, workers: Workers, step: str
) -> None:
    rig.fail("drop_after", channel="CA")
    rig.fail("drop_before", channel="CB")
    rig.ask("one")
    rig.ask("two", to="CB")
    rig.drain()
    rig.leases_end()
    assert ended(workers.start(f"outbox.{step}")) == 137
    rig.drain_out()
    rig.assert_each_once("one", "two")


def test_a_sender_killed_while_slack_holds_its_answer_back(rig: Rig, workers: Workers) -> None:
    rig.fail("hang", seconds=30)
    rig.ask("one")
    worker = workers.start()
    eventually(lambda: rig.received() == ["one"])
    worker.kill()
    assert ended(worker) == -signal.SIGKILL
    rig.drain_out()
    rig.assert_each_once("one")
    assert rig.row("one").slack_ts == rig.message("one").ts


def test_a_change_that_does_not_commit_says_nothing(rig: Rig, workers: Workers) -> None:
    assert ended(workers.die_in_business()) == 137
    assert rig.states() == {}


def test_a_sender_frozen_for_longer_than_its_lease_does_not_send_what_is_not_its_own(
    rig: Rig, workers: Workers
) -> None:
    rig.ask("one")
    worker = workers.freeze()
    eventually(lambda: rig.calls("conversations.info"))
    rig.drain(patience=4)
    rig.assert_each_once("one")
    signalled(worker, signal.SIGCONT)
    rig.ask("two")
    eventually(lambda: "two" in rig.received())
    rig.assert_each_once("one", "two")
