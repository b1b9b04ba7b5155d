"""What a playbook's file has an alert say fits the line that a phone shows."""

import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import yaml

from messages.alert_runs import AlertPlaybook
from messages.alerts import STAKE
from messages.render import render

LONGEST = 70  # characters that a line of the summary has for a title, and for a next step
NAMES = {
    "account.name": "Quietwater Freight",
    "owner.first_name": "Dana",
    "trigger.category": "best case",
    "trigger.signal": "at risk",
}
FILES = (resources.files("csbot.playbooks") / "library").iterdir()


def asked(tree: Any) -> Iterator[dict[str, str]]:
    """Every alert in a file that says its own words."""
    if isinstance(tree, dict):
        if "title" in (alert := tree.get("alert") or {}):
            yield alert
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from asked(one)


def filled(words: str) -> list[str]:
    """With each choice by itself, and values of a usual length."""
    one_of = re.split(r"\{%.*?%\}", words)
    names = r"\{\{ *([\w.]+).*?\}\}"
    return [re.sub(names, lambda name: NAMES.get(name[1], "x" * 15), one) for one in one_of]


def test_no_title_and_no_next_step_of_ours_is_cut() -> None:
    read = [yaml.safe_load(one.read_text("utf-8")) for one in FILES if one.name.endswith(".yaml")]
    said = [alert[part] for tree in read for alert in asked(tree) for part in ("title", "next")]
    assert len(said) > 15
    assert [words for words in said if max(map(len, filled(words))) > LONGEST] == []


def test_who_is_late_is_said_before_anything_is_cut_and_the_card_has_it_whole() -> None:
    step = "Ask what is in the way. Open: Asked, a week after onboarding, whether anything is open"
    card = AlertPlaybook(
        **STAKE | {"account": "Kestrel Kites"}, alert_id=1, version=1, severity="soon",
        title="Kestrel Kites is late in “Transition to support or account manager”, due 7 Dec 2026",
        step="tell-the-owner", next_step=step,
    )  # fmt: skip
    shown = render(card)
    assert shown["text"].startswith("Soon: Kestrel Kites is late in “Transition to support")
    assert "Next: Ask what is in the way. Open:" in shown["text"]
    assert len(shown["text"]) <= 200
    assert f"*Next:* {step}" in shown["blocks"][0]["text"]["text"]
