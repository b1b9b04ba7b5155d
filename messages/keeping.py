"""The control that keeps a private answer: it goes where there is room for it."""

from typing import Any

from messages.blocks import Block, Button, Option, Overflow, actions, control, option
from messages.ids import Action

LINES_MAX, VISIBLE_MAX, MENU_MAX = 3, 3, 5
LABEL = "Keep"
TO = "|"  # between the action that a choice in a menu stands for, and its value


def offered(content: dict[str, Any], question: str) -> dict[str, Any]:
    """The same answer with a way to keep it, if it is long, can be shown anew and has none yet.

    `question` is what `csbot.kept.shows` answers with it; empty where nothing does.
    """
    if not question or lines(content["blocks"]) <= LINES_MAX or _has_it(content["blocks"]):
        return content
    return content | {"blocks": _with_keep(content["blocks"], question)}


def lines(blocks: list[Block]) -> int:
    """What somebody has to read of it, at the least; charts, tables and lists of fields whole."""
    return sum(_lines(block) for block in blocks)


def _lines(block: Block) -> int:
    if block["type"] == "actions":
        return 0
    if block["type"] == "section" and "text" in block:
        return len([line for line in block["text"]["text"].splitlines() if line.strip()])
    return 1 if block["type"] in ("context", "divider") else LINES_MAX


def _has_it(blocks: list[Block]) -> bool:
    return any(
        one["text"]["text"] == LABEL
        for block in blocks
        for element in block.get("elements", [])
        for one in (element, *element.get("options", []))
        if isinstance(one.get("text"), dict)
    )


def _with_keep(blocks: list[Block], question: str) -> list[Block]:
    rows = [at for at, block in enumerate(blocks) if block["type"] == "actions"]
    if not rows:
        return [*blocks, actions([Button(LABEL, Action.KEEP, question)])]
    at = rows[-1]
    return [*blocks[:at], _with_one_more(blocks[at], question), *blocks[at + 1 :]]


def _with_one_more(row: Block, question: str) -> Block:
    """In the menu where there is one, else beside the others, else in a menu with the last."""
    elements, keep = list(row["elements"]), option(Option(LABEL, f"{Action.KEEP}{TO}{question}"))
    menu = next((one for one in elements if one["type"] == "overflow"), None)
    if menu is not None and len(menu["options"]) < MENU_MAX:
        menu = menu | {"options": [*menu["options"], keep]}
        elements = [menu if one["type"] == "overflow" else one for one in elements]
    elif len(elements) < VISIBLE_MAX:
        elements.append(control(Button(LABEL, Action.KEEP, question)))
    elif elements[-1]["type"] == "button":
        last = elements.pop()
        other = {"text": last["text"], "value": f"{last['action_id']}{TO}{last['value']}"}
        menu = control(Overflow(Action.KEEP_MORE, []))
        elements.append(menu | {"options": [other, keep]})
    return row | {"elements": elements}
