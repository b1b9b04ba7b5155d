"""The six steps beside the demo's page; each ticks itself from what happened."""

import json
from collections.abc import Iterator
from typing import Any

from csbot.demo.world import DRILL
from csbot.workspace.guide import GuideStep
from csbot.workspace.state import Workspace


def steps(workspace: Workspace) -> list[GuideStep]:
    return [
        GuideStep(
            "Acknowledge an alert",
            "Open #cs-alerts and press Acknowledge. The same message then says who has it.",
            lambda: _said(workspace, "C_ALERTS", "has it since"),
        ),
        GuideStep(
            "See it as Lee sees it",
            "Choose Lee Park under “Act as”, open #cs-alerts: everybody sees the same state.",
            lambda: any(
                who == "U_LEE" and where == "C_ALERTS" for who, where in workspace.read_marks
            ),
        ),
        GuideStep(
            "Read the renewals as Priya",
            "Act as Priya Shah and type `/cs renewals`: due, forecast, health and next step.",
            lambda: _typed(workspace, "U_PRIYA", "renewals"),
        ),
        GuideStep(
            "Break something",
            "Type `/cs task add acme call due fryday` and read what csbot makes of it.",
            lambda: _typed(workspace, None, "fryday"),
        ),
        GuideStep(
            "Move the clock to Wednesday",
            "Ann of Quietwater Freight logs in at 09:02, and the alert closes by itself.",
            lambda: _said(workspace, "C_ALERTS", "Closed: "),
        ),
        GuideStep(
            "Kill the worker in the middle",
            f"It dies while posting {DRILL} messages to #delivery-drill: none lost, none doubled.",
            lambda: _drilled(workspace),
        ),
    ]


def _blocks(workspace: Workspace, channel: str) -> Iterator[str]:
    for message in workspace.in_channel(channel):
        yield json.dumps(message.blocks, ensure_ascii=False)


def _said(workspace: Workspace, channel: str, words: str) -> bool:
    return any(words in blocks for blocks in _blocks(workspace, channel))


def _typed(workspace: Workspace, who: str | None, word: str) -> bool:
    def is_it(delivery: dict[str, Any]) -> bool:
        text = json.dumps(delivery, ensure_ascii=False, default=str)
        return word in text and (who is None or who in text)

    return any(is_it(delivery) for delivery in workspace.deliveries)


def _drilled(workspace: Workspace) -> bool:
    posted = [m.text for m in workspace.in_channel("C_DRILL") if m.bot_id]
    return len(posted) >= DRILL and len(posted) == len(set(posted))
