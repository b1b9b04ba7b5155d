"""Every message and form keeps the house rules and Slack's limits, whatever is put into it."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

import pytest

from csbot.workspace.blockkit.surfaces import check_blocks, check_view
from csbot.workspace.state import Workspace
from messages.catalog import catalog, forms
from messages.examples import examples
from messages.form import render_form
from messages.render import TEMPLATES, render
from messages.text import Money, Mrkdwn, Person

MESSAGES = pytest.mark.parametrize("cls", catalog().values(), ids=list(catalog()))
FORMS = pytest.mark.parametrize("cls", forms(), ids=[f.view for f in forms()])
HOSTILE = {
    "mentions": "<!channel> <!here> <!everyone> <@U1> <!subteam^S1>",
    "links": "<https://evil.example|https://good.example> <mailto:a@b.example>",
    "markup": "*bold* _it_ ~no~ `code` ```pre``` &lt;!channel&gt; & < >",
    "long": "x" * 10_000,
    "long words": "word & <tag> " * 900,
    "right to left": "\u202egnirts \u200f\u2067 abc",
    "emoji": ":tada: \U0001f4a9" * 20,
    "control": "a\x00b\x1b[31m\nc\r\n> quoted",
    "blank": " ",
}
LIVE = re.compile(r"<(?!!date\^\d+\^)[!@#a-z][^>]*>?")
MARKS = re.compile(r"[*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
TO_CUSTOMERS = "touch_"
OUR_OWN_WORDS = {  # to one reader, quoting
    "said", "not_quite", "task_unclear", "meeting_unclear", "undo_offered",
}  # fmt: skip
EMOJI = re.compile("[\U0001f300-\U0001faff\u2190-\u21ff\u2600-\u27bf\u26aa\u26ab\u2b00-\u2bff]")


WORKSPACE = Workspace()


def problems_of_message(payload: dict[str, Any]) -> list[str]:
    report = check_blocks(payload["blocks"], "message", WORKSPACE)
    return report.lines("") + report.warnings


def problems_of_view(view: dict[str, Any]) -> list[str]:
    report = check_view(view, WORKSPACE)
    return report.lines("") + report.warnings


def hostile(value: Any, text: str) -> Any:
    """The same value with every string that people write replaced."""
    if isinstance(value, Mrkdwn | StrEnum):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(hostile(item, text) for item in value)
    if isinstance(value, list):
        return [hostile(item, text) for item in value]
    return value


def poisoned(example: Any, text: str) -> Any:
    """Only free text: an example with a blank or a capital letter; ids are in capitals alone."""
    if not is_dataclass(example) or isinstance(example, Money):
        return example
    if isinstance(example, Person):
        return Person(text, example.slack_id)
    changed = {}
    for field in fields(example):
        if not field.init:
            continue
        value = getattr(example, field.name)
        if is_dataclass(value):
            changed[field.name] = poisoned(value, text)
        elif (
            isinstance(value, str) and not isinstance(value, Mrkdwn | StrEnum) and _is_words(value)
        ):
            changed[field.name] = text
        elif isinstance(value, list | tuple) and not hasattr(value, "_fields"):
            made = [poisoned(v, text) if is_dataclass(v) else hostile(v, text) for v in value]
            changed[field.name] = type(value)(made)
    return replace(example, **changed)


def _is_words(value: str) -> bool:
    return " " in value or (value[:1].isupper() and not value.isupper())


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def texts(payload: Any) -> Iterator[str]:
    for node in walk(payload):
        if node.get("type") == "mrkdwn":
            yield node["text"]


def controls(payload: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {"button", "overflow", "static_select", "external_select", "users_select"}
    return [node for node in walk(payload["blocks"]) if node.get("type") in kinds]


def test_one_template_per_message():
    there = {p.stem for p in TEMPLATES.glob("*.j2")}
    assert set(catalog()) <= there
    assert all(name.startswith(TO_CUSTOMERS) for name in there - set(catalog()))


@MESSAGES
def test_the_example_is_what_slack_accepts(cls):
    assert problems_of_message(render(cls.example())) == []


@MESSAGES
@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_cannot_ping_link_or_break_the_layout(cls, text):
    example = cls.example()
    payload = render(poisoned(example, text))
    assert problems_of_message(payload) == []
    ours = set(LIVE.findall(" ".join(texts(render(example)))))
    for found in [payload["text"], *texts(payload)]:
        assert set(LIVE.findall(found)) <= ours, found[:300]
        assert "\u202e" not in found
        assert "\x00" not in found


@pytest.mark.parametrize(
    "cls", [cls for name, cls in catalog().items() if name not in OUR_OWN_WORDS]
)
def test_marks_in_what_people_write_are_no_layout(cls):
    """A text has as many in the same order as with letters in their place."""
    for around in ("{}it{}", "so {}it{} is", "{}", "a {} b", "a{}b"):
        plain = render(poisoned(cls.example(), around.format("x", "x")))
        for mark in "*_~`":
            marked = render(poisoned(cls.example(), around.format(mark, mark)))
            for ours, theirs in zip(texts(plain), texts(marked), strict=True):
                assert MARKS.findall(theirs) == MARKS.findall(ours), theirs[:300]


@MESSAGES
def test_no_mark_of_our_own_is_made_harmless(cls):
    assert "\u02cb" not in str(render(cls.example())["blocks"])


@MESSAGES
def test_the_text_says_it_all_in_one_short_line(cls):
    payload = render(cls.example())
    assert 0 < len(payload["text"]) <= 200
    assert "\n" not in payload["text"]


@MESSAGES
def test_at_most_one_primary_and_verbs_without_emoji(cls):
    payload = render(cls.example())
    assert sum(c.get("style") == "primary" for c in controls(payload)) <= 1
    for control in controls(payload):
        assert control.get("style") != "danger" or "confirm" in control
        label = control.get("text", {}).get("text", "")
        assert label.casefold() not in {"submit", "ok", "click here", "yes", "no"}
        assert not EMOJI.search(label)


@MESSAGES
def test_at_most_three_controls_are_visible_in_one_row(cls):
    for block in render(cls.example())["blocks"]:
        if block["type"] == "actions":
            assert len(block["elements"]) <= 3


@MESSAGES
def test_nothing_is_said_by_place_or_colour_alone(cls):
    shown = " ".join(texts(render(cls.example()))).casefold()
    assert not re.search(r"\b(above|below|on the right|on the left|click here)\b", shown)


@MESSAGES
def test_nobody_is_ever_mentioned_in_a_crowd(cls):
    payload = str(render(cls.example()))
    assert not re.search(r"<!(channel|here|everyone)", payload)


@FORMS
def test_the_form_is_what_slack_accepts(cls):
    assert problems_of_view(render_form(cls.example())) == []


@FORMS
@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_cannot_break_a_form(cls, text):
    view = render_form(poisoned(cls.example(), text))
    assert problems_of_view(view) == []
    assert len(view["private_metadata"]) <= 2900


@FORMS
def test_a_form_is_short_and_its_button_is_a_verb(cls):
    view = render_form(cls.example())
    assert sum(block["type"] == "input" for block in view["blocks"]) <= 6
    assert "csbot" not in view["title"]["text"].casefold()
    label = view.get("submit", {}).get("text", "Save")
    assert label.casefold() not in {"submit", "ok", "yes"}


def shown_anywhere() -> list[tuple[str, dict[str, Any]]]:
    return list(examples())


EVERYTHING = pytest.mark.parametrize(
    "payload", [p for _, p in shown_anywhere()], ids=[n for n, _ in shown_anywhere()]
)


@EVERYTHING
def test_labels_options_and_headers_have_no_emoji(payload):
    for node in walk(payload):
        if node.get("type") == "plain_text":
            assert node.get("emoji") is not True
            assert not EMOJI.search(node["text"]), node["text"]


@EVERYTHING
def test_a_chart_says_its_units_and_there_are_at_most_two(payload):
    charts = [n for n in walk(payload) if n.get("type") == "data_visualization"]
    assert len(charts) <= 2
    for chart in charts:
        assert len(chart["title"]) <= 50
        if chart["chart"]["type"] != "pie":
            axes = chart["chart"]["axis_config"]
            assert axes["x_label"]
            assert axes["y_label"]


@EVERYTHING
def test_every_picture_says_what_it_shows(payload):
    assert all(n.get("alt_text", "").strip() for n in walk(payload) if n.get("type") == "image")


@EVERYTHING
def test_there_is_no_divider_between_every_block(payload):
    kinds = [block["type"] for block in payload["blocks"]]
    assert kinds.count("divider") * 3 <= len(kinds)


@EVERYTHING
def test_links_are_never_unfurled_and_text_is_taken_as_it_stands(payload):
    assert all(n.get("verbatim") is True for n in walk(payload) if n.get("type") == "mrkdwn")
