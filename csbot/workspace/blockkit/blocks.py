"""The blocks, their fields and the surfaces they may stand on."""

from typing import Any

from csbot.workspace.blockkit.charts import BLOCK_ID, DATA_TABLE, DATA_VISUALIZATION, TABLE
from csbot.workspace.blockkit.elements import (
    CONTEXT_ACTIONS,
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
    file_is_ready,
)
from csbot.workspace.blockkit.objects import URL, plain, text
from csbot.workspace.blockkit.richtext import RICH_TEXT
from csbot.workspace.blockkit.schema import (
    Check,
    Walk,
    anything,
    at_least_one,
    choice,
    exactly_one,
    flag,
    items,
    obj,
    only_on,
    string,
    tagged,
    whole,
)


def _no_dispatch_for_files(value: dict[str, Any], at: str, walk: Walk) -> None:
    element = value.get("element")
    takes_files = isinstance(element, dict) and element.get("type") == "file_input"
    if takes_files and value.get("dispatch_action"):
        walk.wrong(f"{at}/dispatch_action", "not allowed with a file_input", "")


def _action_ids_differ(value: dict[str, Any], at: str, walk: Walk) -> None:
    seen: set[str] = set()
    for index, element in enumerate(value.get("elements") or []):
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if action_id in seen:
            walk.wrong(f"{at}/elements/{index}/action_id", f"duplicate action_id: {action_id}")
        seen |= {action_id} if isinstance(action_id, str) else set()


def _says_something(value: dict[str, Any], at: str, walk: Walk) -> None:
    """An alt text of spaces describes nothing and is refused like an empty one."""
    alt_text = value.get("alt_text")
    if isinstance(alt_text, str) and not alt_text.strip():
        walk.wrong(f"{at}/alt_text", "must be more than 0 characters", "1")


CONTEXT_ELEMENTS = tagged(
    {
        "image": IMAGE,
        "plain_text": plain(3000),
        "mrkdwn": text(3000),
    },
    "element",
)

BLOCKS: dict[str, Check] = {
    "section": obj(
        {},
        {
            **BLOCK_ID,
            "text": text(3000),
            "fields": items(text(2000), 1, 10),
            "accessory": IN_SECTION,
            "expand": flag,
        },
        at_least_one("text", "fields"),
    ),
    "header": obj({"text": plain(150)}, {**BLOCK_ID, "level": whole(1, 4)}),
    "divider": obj({}, BLOCK_ID),
    "context": obj({"elements": items(CONTEXT_ELEMENTS, 1, 10)}, BLOCK_ID),
    "actions": obj({"elements": items(IN_ACTIONS, 1, 25)}, BLOCK_ID, _action_ids_differ),
    "image": obj(
        {"alt_text": string(2000)},
        {**BLOCK_ID, "image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
        exactly_one("image_url", "slack_file"),
        _says_something,
        file_is_ready,
    ),
    "input": obj(
        {"label": plain(2000), "element": IN_INPUT},
        {**BLOCK_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
        _no_dispatch_for_files,
    ),
    "rich_text": RICH_TEXT,
    "markdown": obj({"text": string(12_000)}, BLOCK_ID, only_on("message")),
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "alert": obj(
        {"text": text(200)},
        {**BLOCK_ID, "level": choice("default", "info", "warning", "error", "success")},
        only_on("modal"),
    ),
    "context_actions": obj(
        {"elements": items(tagged(CONTEXT_ACTIONS, "element"), 1, 5)},
        BLOCK_ID,
        only_on("message"),
        _action_ids_differ,
    ),
    "video": obj(
        {"title": plain(199), "video_url": URL, "thumbnail_url": URL, "alt_text": string(2000)},
        {
            **BLOCK_ID,
            "author_name": string(50),
            "description": plain(200),
            "title_url": URL,
            "provider_name": string(50),
            "provider_icon_url": URL,
        },
    ),
}
BUTTONS = items(IN_ACTIONS, 1, 3, smaller=2)
CARD = obj(
    {},
    {
        **BLOCK_ID,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "hero_image": anything,
        "icon": anything,
        "actions": BUTTONS,
    },
    only_on("message", "home"),
    at_least_one("hero_image", "title", "body", "actions"),
)
BLOCKS["card"] = CARD
BLOCKS["carousel"] = obj(
    {"elements": items(tagged({"card": CARD}, "element"), 1, 10)},
    BLOCK_ID,
    only_on("message", "home"),
)
IN_CONTAINER = [
    "section",
    "header",
    "divider",
    "context",
    "actions",
    "image",
    "rich_text",
    "markdown",
    "table",
    "data_table",
    "data_visualization",
]
BLOCKS["container"] = obj(
    {"child_blocks": items(tagged({k: BLOCKS[k] for k in IN_CONTAINER}), 1, 10)},
    {
        **BLOCK_ID,
        "title": plain(150),
        "subtitle": plain(150),
        "width": choice("narrow", "standard", "wide", "full"),
        "is_collapsible": flag,
        "default_collapsed": flag,
        "icon": anything,
    },
    only_on("message", "home"),
)
ANY_BLOCK = tagged(BLOCKS)
