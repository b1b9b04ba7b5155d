"""Slack's guidance on what is shown, sentence by sentence, over every message, form and Home."""

import re
from collections import Counter
from dataclasses import fields, replace
from functools import cache
from typing import Any

import pytest

from csbot.kept.shows import SHOWS
from messages.answers import PICKS
from messages.catalog import catalog, forms
from messages.examples import examples
from messages.form import render_form
from messages.keeping import LABEL, LINES_MAX, lines, offered
from messages.render import render
from tests.contracts.test_messages import EMOJI, controls, walk

VERBS = {
    "Acknowledge", "Add", "Advance", "Answer", "Ask", "Assign", "Back", "Call", "Change", "Choose",
    "Clear", "Close", "Create", "Drop", "Edit", "Enable", "End", "Export", "Fill", "Follow", "Give",
    "Go", "Grant", "Hand", "Introduce", "Keep", "Leave", "Link", "Log", "Make", "Move", "Open",
    "Override", "Pin", "Postpone", "Preview", "Promise", "Reassign", "Record", "Release", "Remove",
    "Restore", "Resume", "Save", "Send", "Set", "Show", "Skip", "Snooze", "Start", "Switch", "Tell",
    "Tick", "Try", "Undo", "Unfollow", "View", "Wait", "Withdraw",
}  # fmt: skip
# What somebody says by a press instead of what is to be done: how it went, what they want to see.
SAID = {
    "Attended", "Cancelled", "No-Show", "Happened…", "Moved…", "Done", "They Leave…", "They Stay",
    "More Time…", "Less Like This…", "Next Page", "Previous Page", "Whole Team", "All…", "Brief",
    "Riskiest First", "Mine", "Not Now", "Why This?…",
}  # fmt: skip
BARE_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT|\b\d\d:\d\d(?::\d\d)? ?(?:UTC|Z)\b|\bUTC\b")
DATE = re.compile(r"<!date\^\d+\^[^|>]+\|([^>]*)>")
FINE = re.compile(r"\d\.\d{3,}|\d\.\d+ ?%?\d{3}|\d\.\d\d+ ?%")  # finer than anybody acts on
CHANGE = re.compile(r"\b(?:up|down|rose|fell|grew|more|fewer|less) [$€£]?\d")
BASELINE = re.compile(r"\b(?:from|to|in|since|than|last|before|after|within)\b")
# Private answers with more than three lines, and where else the same is for good.
ELSEWHERE = {
    "in the account's timeline": {
        "checkin_logged", "task_added", "meeting_added", "feedback_recorded", "renewal_saved",
        "renewal_won", "undone", "requirements_kept", "people_named", "churn_card", "message_kept",
        "taken_back", "churn_withdrawn",
    },
    "in a message that csbot posts or keeps current by itself": {
        "playbook_week", "meeting_debrief", "account_assigned", "account_handed_over",
        "account_header", "accounts_taken_over",
        "checklist", "playbook_broken", "playbooks_away", "promise_nudge", "playbook_simulated",
        "approval_asked", "touch_trouble", "introduction", "channel_header", "alert_group",
        "access_requested", "caught_up", "catch_up", "flood_held", "quiet_start", "hold_asked",
        "home", "delivery_trouble", "channel_note",
    },
    "one command away, and the same for everybody": {"help"},
    "for the moment: a form, a file or a decision follows": {
        "diagram_asked", "gantt_asked", "words_preview", "introduction_draft", "admin_panel",
        "which_one", "not_quite", "unknown_command", "stage_none",
        "undo_offered",
    },
}  # fmt: skip


@cache
def everything() -> tuple[tuple[str, dict[str, Any]], ...]:
    return tuple(examples())


EVERYTHING = pytest.mark.parametrize(
    "payload", [p for _, p in everything()], ids=[n for n, _ in everything()]
)
CATALOG = pytest.mark.parametrize("cls", catalog().values(), ids=list(catalog()))


def words(payload: Any) -> list[str]:
    kinds = ("mrkdwn", "plain_text")
    return [node["text"] for node in walk(payload) if node.get("type") in kinds]


def buttons(payload: Any) -> list[dict[str, Any]]:
    return [node for node in walk(payload) if node.get("type") == "button"]


@EVERYTHING
def test_one_primary_and_what_destroys_asks_first(payload):
    pressed = buttons(payload)
    assert sum(one.get("style") == "primary" for one in pressed) <= 1
    assert all("confirm" in one for one in pressed if one.get("style") == "danger")


@EVERYTHING
def test_a_button_says_what_it_does(payload):
    labels = [one["text"]["text"] for one in buttons(payload) if one["action_id"] not in PICKS]
    labels += [payload["submit"]["text"]] if "submit" in payload else []
    named = {node["text"] for node in walk(payload) if node.get("type") == "mrkdwn"}
    for label in labels:
        known = label.split()[0].rstrip("…") in VERBS or label in SAID
        assert known or any(label in text for text in named), label


@EVERYTHING
def test_buttons_that_read_alike_sound_different(payload):
    again = Counter(one["text"]["text"] for one in buttons(payload))
    alike = [one for one in buttons(payload) if again[one["text"]["text"]] > 1]
    assert all(one.get("accessibility_label") for one in alike)
    assert len({one["accessibility_label"] for one in alike}) == len(alike)


@EVERYTHING
def test_nothing_is_found_by_its_place_on_the_screen(payload):
    for text in words(payload):
        assert not re.search(r"\b(above|below|on the (right|left)|to the (right|left))\b", text)


@EVERYTHING
def test_a_moment_is_slack_s_date_with_words_to_fall_back_on(payload):
    for text in words(payload):
        assert all(fallback.strip() for fallback in DATE.findall(text))
        assert not BARE_MOMENT.search(DATE.sub("", text)), text


@EVERYTHING
def test_fragments_of_a_context_line_are_joined_by_a_middle_dot(payload):
    for block in (b for b in payload["blocks"] if b["type"] == "context"):
        for element in block["elements"]:
            assert not re.search(r" [|•—–/] ", element.get("text", "")), element


@EVERYTHING
def test_long_text_is_shown_whole(payload):
    for block in payload["blocks"]:
        text = block.get("text", {}).get("text", "") if block["type"] == "section" else ""
        if len(text) > 600 or text.count("\n") > 4:
            assert block.get("expand") is True


@EVERYTHING
def test_a_chart_comes_with_its_units_and_its_point_in_words(payload):
    for at, block in enumerate(payload["blocks"]):
        if block["type"] != "data_visualization":
            continue
        said = " ".join(words(payload["blocks"][:at]))
        assert re.search(r"\d", said), "a chart without its point in words before it"
        if block["chart"]["type"] != "pie":
            axes = block["chart"]["axis_config"]
            assert axes["x_label"].strip()
            axis = axes["y_label"]
            assert re.search(
                r"thousand|%|number|count|days|minutes|hours|starts|USD|EUR", axis, re.I
            )


@EVERYTHING
def test_numbers_are_rounded_and_a_change_says_from_what(payload):
    for text in words(payload):
        plain = DATE.sub("", text)
        assert not FINE.search(plain), plain
        for sentence in re.split(r"[.;·\n]\s", plain):
            based = BASELINE.search(sentence) or " against " in plain  # as a heading says
            assert not CHANGE.search(sentence) or based, sentence


@EVERYTHING
def test_a_table_begins_with_what_names_its_rows_and_says_its_order(payload):
    for block in payload["blocks"]:
        if block["type"] in ("table", "data_table"):
            assert len(block["rows"][0]) <= 5
            assert re.search(r"\b(first|sorted|by)\b", " ".join(words(payload)))


@pytest.mark.parametrize("form", forms(), ids=[form.view for form in forms()])
def test_a_form_s_limits_stand_in_hints_and_examples_in_placeholders(form):
    view = render_form(form.example())
    assert len(view["title"]["text"]) <= 24
    for block in (b for b in view["blocks"] if b["type"] == "input"):
        example = block["element"].get("placeholder", {}).get("text", "")
        assert not re.search(r"\b(at most|at least|must|required|characters|up to)\b", example)
        assert not block["label"]["text"].endswith(":")


@CATALOG
def test_three_controls_at_most_are_in_sight(cls):
    rows = [b for b in render(cls.example())["blocks"] if b["type"] == "actions"]
    choices = {"checkboxes", "radio_buttons"}
    for row in rows:
        assert len([e for e in row["elements"] if e["type"] not in choices]) <= 3


@CATALOG
def test_its_first_block_begins_with_what_a_phone_shows(cls):
    """Desktop notifications read blocks, phones and screen readers read `text`."""
    payload = render(cls.example())
    first = " ".join(words(payload["blocks"][0]))
    known = set(re.findall(r"\w{4,}", payload["text"].casefold()))
    assert not known or len(known & set(re.findall(r"\w{4,}", first.casefold()))) * 2 >= len(known)


@CATALOG
def test_without_marks_it_still_says_everything(cls):
    """No colour alone: a mark stands beside a word."""
    for text in words(render(cls.example())["blocks"]):
        for line in text.splitlines():
            if EMOJI.search(line):
                assert re.search(r"\w{3,}", EMOJI.sub("", line)), line


@CATALOG
def test_what_is_finished_has_nothing_left_to_press(cls):
    if cls.name.endswith(("_closed", "_ended", "_settled", "_decided")):
        assert controls(render(cls.example())) == []


@CATALOG
def test_a_new_version_gives_its_buttons_a_new_place(cls):
    """A press on an old copy is known by that, or by what the button says for itself."""
    example = cls.example()
    if "version" not in {field.name for field in fields(example)}:
        return
    old, new = (
        {(block.get("block_id"), one["action_id"], one.get("value"))
         for block in render(shown)["blocks"] if block["type"] == "actions"
         for one in block["elements"] if one["type"] == "button"}
        for shown in (example, replace(example, version=example.version + 1))
    )  # fmt: skip
    assert not old or old != new


@CATALOG
def test_a_long_private_answer_can_be_kept(cls):
    example = cls.example()
    shown = offered(render(example), example.question())
    if lines(shown["blocks"]) <= LINES_MAX or hasattr(example, "alert_id"):
        return
    elsewhere = {name for names in ELSEWHERE.values() for name in names}
    if cls.name not in elsewhere:
        assert LABEL in words(shown)
        assert not _crowded(shown)


@CATALOG
def test_what_can_be_kept_can_be_shown_anew(cls):
    question = cls.example().question()
    assert not question or question.partition(":")[0] in SHOWS


def _crowded(shown: dict[str, Any]) -> bool:
    return any(len(b["elements"]) > 3 for b in shown["blocks"] if b["type"] == "actions")


LISTS = {
    name: field.name
    for name, cls in catalog().items()
    for field in fields(cls)
    if re.search(r"_(list|book|timeline|ledger|board|report)$", name)
    and isinstance(getattr(cls.example(), field.name), list | tuple)
    and field.name in ("lines", "tasks", "meetings", "events", "pipelines", "stages", "reasons")
}


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_says_so(name):
    example = catalog()[name].example()
    empty = type(getattr(example, LISTS[name]))()
    payload = render(replace(example, **{LISTS[name]: empty}))
    assert payload["text"].strip()
    assert payload["blocks"]
