"""Slack accepts a message and its answer gets lost, in every way an answer can get lost."""

import pytest

from tests.faults.rig import Rig

LOST = ["drop_after", "http_500_after", "internal_error_after", "garbage_after", "hang"]


def test_what_is_asked_for_arrives_once(rig: Rig) -> None:
    rig.ask("one", "two")
    rig.ask("three", to="CB")
    assert rig.drain().sent == 3
    rig.assert_each_once("one", "two", "three")
    assert rig.drain().sent == 0


@pytest.mark.parametrize("mode", LOST)
def test_an_answer_lost_after_slack_accepted_is_found_out_not_repeated(rig: Rig, mode: str) -> None:
    rig.fail(mode)
    rig.ask("one", "two")
    assert rig.drain().sent == 2
    rig.assert_each_once("one", "two")
    assert rig.row("one").slack_ts == rig.message("one").ts


def test_a_message_is_never_posted_again_while_its_answer_is_out(rig: Rig) -> None:
    rig.fail("drop_after")
    rig.ask("one")
    assert rig.drain(patience=0).waiting == 1
    assert len(rig.calls("chat.postMessage")) == 1
