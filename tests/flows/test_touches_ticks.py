"""What a question shows once it is written anew: ticks as they were set, edits, no own links."""

from copy import deepcopy
from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.touches.model import Touch
from tests.flows import test_touches as flows
from tests.flows.test_touches import (
    asked,
    customers,
    leave,
    mails,
    play,
    shown,
    states,
    words_of,
)

stage = flows.stage
DIFFERENT = "Hello {{ contact.first_name }},\n\nthank you."
LEAVES = {"exit": {"account.plan": "gone"}}


def box_of(blocks) -> dict:
    return next(e for b in blocks for e in b.get("elements", []) if e["type"] == "checkboxes")


def ticked(message) -> list[str]:
    return [one["text"]["text"] for one in box_of(message.blocks).get("initial_options", [])]


def called(nth: int) -> str:
    return f"Customer {nth}: Ann{nth} Lee"


def tick(person, message, *numbers: int):
    """Leaves these with a tick: Slack tells at each press which boxes of that screen have one."""
    seen = person.choose(message, [called(nth) for nth in numbers])
    for blocks in (message.blocks, message.raw["blocks"]):
        box = box_of(blocks)
        box["initial_options"] = [
            one for one in box["options"] if one["text"]["text"] in map(called, numbers)
        ]
    return seen


def reworded(desk, person, message, nth: int):
    """The question after somebody changed the words for one customer."""
    picking = person.press(message, label="Edit…").view
    form = person.submit(picking, {"touch": called(nth)}).view
    assert person.submit(form, {"body": f"Dear Ann{nth}, thank you."}).ok
    desk.deliver()
    return shown(desk)


def test_who_was_unticked_before_an_edit_has_no_tick_after_it_and_gets_nothing(desk, stage):
    question, dana = asked(desk, stage, 5, text=DIFFERENT), desk.person("U_DANA")
    assert tick(dana, question, 0, 1, 2, 4).ephemeral is None
    newer = reworded(desk, dana, question, 1)
    assert ticked(newer) == [called(0), called(1), called(2), called(4)]
    again = reworded(desk, dana, newer, 0)
    assert ticked(again) == ticked(newer)
    assert dana.press(again, label="Send to 5").ephemeral is None
    play(desk, stage)
    assert [mail["to"] for mail in mails(desk)] == [f"ann@c{nth}.example" for nth in (0, 1, 2, 4)]
    assert states(desk) == ["queued", "queued", "queued", "skipped", "queued"]
    assert whys(desk) == [None] * 5


def whys(desk) -> list[str | None]:
    with desk.sessions() as session:
        return list(session.scalars(select(Touch.why).order_by(Touch.id)))


def test_ticks_that_slack_never_told_of_by_themselves_are_read_from_the_press_of_edit(desk, stage):
    question, dana = asked(desk, stage, 3), desk.person("U_DANA")
    flows.untick(question, 1)
    form = dana.press(question, label="Edit…").view
    assert dana.submit(form, {"subject": "Thanks", "body": "Thank you."}).ok
    desk.deliver()
    assert ticked(shown(desk)) == [called(0), called(2)]


def test_a_draft_that_joins_has_a_tick_and_gives_nobody_theirs_back(desk, stage):
    question, dana = asked(desk, stage, 3), desk.person("U_DANA")
    tick(dana, question, 0, 2)
    customers(desk, stage, 1)
    play(desk, stage, timedelta(hours=1))
    newer = shown(desk)
    assert ticked(newer) == [called(0), called(2), called(3)]
    assert "changed since you looked" in words_of(dana.press(question, label="Send to 3"))
    assert "changed since you looked" in words_of(tick(dana, question, 0, 1, 2))
    dana.press(newer, label="Send to 4")
    assert states(desk) == ["approved", "skipped", "approved", "approved"]


def test_who_is_left_alone_in_the_question_stays_without_a_tick(desk, stage):
    stage.write("thanks", trigger={"event": "feedback.received"}, **LEAVES,
                steps=[{"email": flows.EMAIL}, {"wait": {"for": "9 days"}}])  # fmt: skip
    flows.begin(desk, stage)
    customers(desk, stage, 2)
    play(desk, stage)
    dana = desk.person("U_DANA")
    tick(dana, shown(desk), 0)
    leave(desk, "Customer 0")
    play(desk, stage, timedelta(minutes=1))
    alone = shown(desk)
    assert (alone.labels, ticked(alone)) == (["Send to 1", "Edit…", "Skip"], [])
    assert "Tick at least one" in words_of(dana.press(alone, label="Send to 1"))
    assert states(desk) == ["withdrawn", "draft"]
    tick(dana, alone, 1)
    dana.press(alone, label="Send to 1")
    assert states(desk) == ["withdrawn", "approved"]


def test_a_screen_that_shows_a_tick_again_sends_nothing_before_somebody_says_so(desk, stage):
    question, dana = asked(desk, stage, 3), desk.person("U_DANA")
    opened_anew = deepcopy(question)
    tick(dana, question, 0, 2)
    assert ticked(opened_anew) == [called(0), called(1), called(2)]
    refused = words_of(dana.press(opened_anew, label="Send to 3"))
    assert "Ann1 Lee had no tick before, so nothing was sent" in refused
    tick(dana, opened_anew, 0, 1)
    refused = words_of(dana.press(opened_anew, label="Send to 3"))
    assert "Ann1 Lee had no tick before" in refused
    assert states(desk) == ["draft"] * 3
    tick(dana, opened_anew, 0)
    tick(dana, opened_anew, 0, 1)
    assert dana.press(opened_anew, label="Send to 3").ephemeral is None
    assert states(desk) == ["approved", "approved", "skipped"]


@pytest.mark.parametrize("label", ["Skip", "Send to 2"])
def test_a_tick_that_came_back_counts_and_what_is_decided_keeps_no_trace_of_ticks(
    desk, stage, label
):
    question, dana = asked(desk, stage, 2), desk.person("U_DANA")
    tick(dana, question, 0)
    assert whys(desk) == [None, "unticked"]
    tick(dana, question, 0, 1)
    assert whys(desk) == [None, None]
    tick(dana, question, 1)
    dana.press(question, label=label)
    assert states(desk) == {"Skip": ["skipped"] * 2, "Send to 2": ["skipped", "approved"]}[label]
    assert whys(desk) == [None, None]


def test_only_who_may_decide_changes_ticks(desk, stage):
    question = asked(desk, stage, 2)
    lee = desk.person("U_LEE")
    assert "is not yours" in words_of(tick(lee, flows.passed_on(desk, question, lee), 0))
    assert whys(desk) == [None, None]


def test_the_question_says_for_whom_words_were_changed_wherever_they_stand_in_it(desk, stage):
    question, dana = asked(desk, stage, 3, text=DIFFERENT), desk.person("U_DANA")
    assert "changed the words" not in question.words
    newer = reworded(desk, dana, question, 2)
    assert "Dana Reyes changed the words for Ann2 Lee." in newer.words
    assert "changed the words for Ann0 Lee and Ann2 Lee." in reworded(desk, dana, newer, 0).words


@pytest.mark.parametrize("text", ["Hello", "Enough? <{{ unsubscribe_url }}>"])
def test_the_customer_s_own_link_is_in_the_mail_and_nowhere_in_slack(desk, stage, text):
    question, dana = asked(desk, stage, 1, text=text), desk.person("U_DANA")
    assert "(their own unsubscribe link)" in question.words
    assert "csbot.vendor.example" not in str(question.raw)
    dana.press(question, label="Send to 1")
    play(desk, stage)
    [mail] = mails(desk)
    assert mail["unsubscribe_url"].startswith("https://csbot.vendor.example/u/")
    assert mail["unsubscribe_url"] in mail["text"]
    assert "their own" not in mail["text"] + mail["html"]
