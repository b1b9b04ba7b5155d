"""Where a text is cut, and how a sentence of ours ends after a value that has an end of its own."""

from dataclasses import replace
from decimal import Decimal

import pytest

from messages.alert_runs import AlertPlaybook
from messages.render import render
from messages.text import Money, clip, length, one_stop

LATE = "Kestrel Kites is late in “Transition to support or account manager”, due 12 Nov"


@pytest.mark.parametrize(
    ("limit", "cut"),
    [
        (83, LATE),
        (72, "Kestrel Kites is late in “Transition to support or account manager”…"),
        (60, "Kestrel Kites is late in “Transition to support or…”"),
        (27, "Kestrel Kites is late in…"),
    ],
)
def test_a_cut_ends_at_a_word_and_leaves_nothing_dangling(limit, cut):
    assert clip(LATE, limit) == cut
    assert length(cut) <= limit


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("Next: another category, or what turns it..", "Next: another category, or what turns it."),
        ("*Soon: the rollout….* $8k ARR.", "*Soon: the rollout…* $8k ARR."),
        ("“What is in the way?”. Next: do it?.", "“What is in the way?”. Next: do it?"),
        ("Wait.... See ../plan and 1..5", "Wait... See ../plan and 1..5"),
    ],
)
def test_a_sentence_ends_once(said, reads):
    assert one_stop(said) == reads


def test_an_alert_keeps_the_day_it_was_due_and_says_nothing_that_says_nothing():
    """Of an account without ARR, renewal and health its stage alone is no line."""
    nothing = {"arr": None, "renews_on": None, "renews_in": None, "health": None}
    given = {"title": LATE, "next_step": "Ask.", "account": "Kestrel Kites"}
    card = replace(AlertPlaybook.example(), **given, arr=Money(Decimal(8_000)))
    assert render(card)["text"].startswith(f"Soon: {LATE}. $8k ARR")
    bare = render(replace(card, **nothing, segment=None, stage="adoption"))
    assert "adoption" not in str(bare["blocks"])
    assert ".." not in str(bare)
