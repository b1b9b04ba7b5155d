"""The six steps beside the demo's page; each ticks itself from what happened."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from csbot.demo.own import Own
from csbot.demo.world import DRILL, QUIET
from csbot.workspace.guide import GuideStep
from csbot.workspace.state import Workspace

WEDNESDAY = timedelta(days=2)


def steps(workspace: Workspace, *, monday: datetime, own: Own | None) -> list[GuideStep]:
    account = f'"{own.account}"' if own and " " in own.account else own.account if own else "acme"
    return [
        _first(workspace, account) if own else _acknowledge(workspace),
        _other_eyes(workspace, own),
        GuideStep(
            "Read the renewals as Priya",
            "Act as Priya Shah, then send `/cs renewals`: due, forecast, health and next step.",
            _typed(workspace, "renewal", who="U_PRIYA"),
        ),
        GuideStep(
            "Break something",
            f"Send `/cs task add {account} call due fryday` and read what csbot makes of it.",
            _typed(workspace, "fryday"),
        ),
        _own_wednesday(workspace, monday) if own else _wednesday(workspace),
        GuideStep(
            "Kill the worker in the middle",
            f"It dies while it posts {DRILL} messages to <#C_DRILL>: none is lost, none doubled.",
            lambda: _drilled(workspace),
        ),
    ]


def _acknowledge(workspace: Workspace) -> GuideStep:
    return GuideStep(
        "Acknowledge an alert",
        "Open <#C_ALERTS> and press Acknowledge. The same message then says who has it.",
        lambda: _said(workspace, "has it since"),
    )


def _first(workspace: Workspace, account: str) -> GuideStep:
    return GuideStep(
        "Look at one of your accounts",
        f"Send `/cs account {account}`. What needs somebody now is in <#C_ALERTS>.",
        _typed(workspace, "account"),
    )


def _other_eyes(workspace: Workspace, own: Own | None) -> GuideStep:
    opener = own.people[0].slack_id if own else "U_DANA"
    other = next(mate for mate in own.people[1:] if mate.role == "csm") if own else None
    name, who = (other.name, other.slack_id) if other else ("Lee Park", "U_LEE")
    return GuideStep(
        f"See it as {name.split()[0]} sees it",
        f"Press the name in the top corner, choose {name} and open <#C_ALERTS>: the same state "
        "for everybody.",
        lambda: any(
            where == "C_ALERTS" and reader != opener and (own or reader == who)
            for reader, where in list(workspace.read_marks)
        ),
    )


def _wednesday(workspace: Workspace) -> GuideStep:
    return GuideStep(
        "Move the clock to Wednesday",
        "Press the clock at the top. Ann of Quietwater Freight logs in at 09:02, and the alert "
        "closes by itself.",
        lambda: _said(workspace, f"Closed: {QUIET} is back"),
    )


def _own_wednesday(workspace: Workspace, monday: datetime) -> GuideStep:
    return GuideStep(
        "Move the clock to Wednesday",
        "Press the clock at the top: a new morning brings a new digest, with what is unchanged "
        "folded into one line.",
        lambda: workspace.now() >= monday + WEDNESDAY,
    )


def _blocks(workspace: Workspace) -> Iterator[str]:
    for message in workspace.in_channel("C_ALERTS"):
        yield json.dumps(message.blocks, ensure_ascii=False)


def _said(workspace: Workspace, words: str) -> bool:
    return any(words in blocks for blocks in _blocks(workspace))


def _typed(workspace: Workspace, word: str, *, who: str | None = None) -> Callable[[], bool]:
    """Whether somebody, or one person, has sent csbot a command with this word."""

    def is_done() -> bool:
        return any(
            word in (one["text"] or "").casefold() and who in (None, one["user"])
            for one in list(workspace.deliveries)
        )

    return is_done


def _drilled(workspace: Workspace) -> bool:
    """Every message of every drill is there, and as often as every other."""
    posted = Counter(m.text for m in workspace.in_channel("C_DRILL") if m.bot_id)
    return len(posted) == DRILL and len(set(posted.values())) == 1
