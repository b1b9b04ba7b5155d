"""Interactive elements, their limits, and where each may stand."""

from typing import Any

from csbot.workspace.blockkit.objects import (
    CONFIRM,
    ONE_OPTION_SOURCE,
    OPTION,
    OPTION_GROUPS,
    OPTIONS,
    URL,
    initial_is_an_option,
    option,
    plain,
)
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
    pattern,
    string,
    tagged,
    whole,
)

ACTION_ID = string(255)
PLACEHOLDER = plain(150)
ID = string(255)
SLACK_FILE = obj({}, {"id": pattern(r"F[A-Z0-9]{8,}", "file id"), "url": URL})
COMMON = {"action_id": ACTION_ID, "focus_on_load": flag}
SELECT = {**COMMON, "placeholder": PLACEHOLDER, "confirm": CONFIRM}
DISPATCH = obj(
    {}, {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 1, 2)}
)
FILTER = obj(
    {},
    {
        "include": items(choice("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)


def file_is_ready(value: dict[str, Any], at: str, walk: Walk) -> None:
    file = value.get("slack_file")
    if isinstance(file, dict) and "id" in file and not walk.file_ready(str(file["id"])):
        walk.wrong(f"{at}/slack_file", "invalid slack file", "")


def min_below_max(value: dict[str, Any], at: str, walk: Walk) -> None:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        walk.wrong(f"{at}/min_length", "min_length must not exceed max_length", "")


def counts_focus(value: dict[str, Any], at: str, walk: Walk) -> None:
    if value.get("focus_on_load"):
        walk.focused += 1
        if walk.focused > 1:
            walk.wrong(f"{at}/focus_on_load", "only one element may have focus_on_load", "1")


def not_in_section(value: dict[str, Any], at: str, walk: Walk) -> None:
    if walk.block_type == "section":
        walk.wrong(f"{at}/type", f"{value.get('type')} is not supported in a section", "")


def response_url_in_modal_input(value: dict[str, Any], at: str, walk: Walk) -> None:
    if value.get("response_url_enabled") and (walk.surface, walk.block_type) != ("modal", "input"):
        walk.wrong(f"{at}/response_url_enabled", "only allowed in a modal's input", "")


IMAGE = obj(
    {"alt_text": string(2000)},
    {"image_url": URL, "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
    file_is_ready,
)
BUTTON = obj(
    {"text": plain(75)},
    {
        "action_id": ACTION_ID,
        "value": string(2000),
        "url": URL,
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "agent_prompt": string(4000),
    },
)
OVERFLOW = obj(
    {"options": items(option(linked=True), 1, 5, smallest=2)},
    {"action_id": ACTION_ID, "confirm": CONFIRM},
)


def _static(extra: dict[str, Check]) -> Check:
    return obj(
        {},
        {**SELECT, "options": OPTIONS, "option_groups": OPTION_GROUPS, **extra},
        ONE_OPTION_SOURCE,
        initial_is_an_option,
        counts_focus,
    )


def _select(extra: dict[str, Check]) -> Check:
    return obj({}, {**SELECT, **extra}, counts_focus, response_url_in_modal_input)


def _multi(extra: dict[str, Check]) -> dict[str, Check]:
    return {"max_selected_items": whole(1, 1000), **extra}


def _ticked(initial: str, check: Check) -> Check:
    rows = items(option(rich=True), 1, 10)
    return obj(
        {"options": rows},
        {**COMMON, "confirm": CONFIRM, initial: check},
        initial_is_an_option,
        counts_focus,
    )


def _typed(extra: dict[str, Check], *surfaces: str) -> Check:
    fields = {**COMMON, "placeholder": PLACEHOLDER, "dispatch_action_config": DISPATCH, **extra}
    return obj({}, fields, only_on(*surfaces), counts_focus, min_below_max)


DATE = pattern(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "YYYY-MM-DD")
TIME = pattern(r"([01]\d|2[0-3]):[0-5]\d", "HH:mm")
CONVERSATION = {"filter": FILTER, "default_to_current_conversation": flag}
ALL = ("message", "modal", "home")

ELEMENTS: dict[str, Check] = {
    "image": IMAGE,
    "button": BUTTON,
    "overflow": OVERFLOW,
    "static_select": _static({"initial_option": OPTION}),
    "multi_static_select": _static(_multi({"initial_options": items(OPTION, 1, 100)})),
    "external_select": _select({"initial_option": OPTION, "min_query_length": whole(0, 100)}),
    "multi_external_select": _select(
        _multi({"initial_options": items(OPTION, 1, 100), "min_query_length": whole(0, 100)})
    ),
    "users_select": _select({"initial_user": ID}),
    "multi_users_select": _select(_multi({"initial_users": items(ID, 1, 1000)})),
    "conversations_select": _select(
        {"initial_conversation": ID, "response_url_enabled": flag, **CONVERSATION}
    ),
    "multi_conversations_select": _select(
        _multi({"initial_conversations": items(ID, 1, 1000), **CONVERSATION})
    ),
    "channels_select": _select({"initial_channel": ID, "response_url_enabled": flag}),
    "multi_channels_select": _select(_multi({"initial_channels": items(ID, 1, 1000)})),
    "checkboxes": _ticked("initial_options", items(option(rich=True), 1, 10)),
    "radio_buttons": _ticked("initial_option", option(rich=True)),
    "datepicker": _select({"initial_date": DATE}),
    "timepicker": _select({"initial_time": TIME, "timezone": string(100)}),
    "datetimepicker": obj(
        {},
        {**COMMON, "confirm": CONFIRM, "initial_date_time": whole(10**9, 10**10 - 1)},
        only_on("message", "modal"),
        not_in_section,
        counts_focus,
    ),
    "plain_text_input": _typed(
        {
            "initial_value": string(3000, 0),
            "multiline": flag,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        },
        *ALL,
    ),
    "number_input": obj(
        {"is_decimal_allowed": flag},
        {
            **COMMON,
            "placeholder": PLACEHOLDER,
            "initial_value": string(100),
            "min_value": string(100),
            "max_value": string(100),
            "dispatch_action_config": DISPATCH,
        },
        only_on("modal", "home"),
        counts_focus,
    ),
    "email_text_input": _typed({"initial_value": string(3000)}, "modal"),
    "url_text_input": _typed({"initial_value": string(3000)}, "modal"),
    "rich_text_input": _typed({"initial_value": anything}, "modal", "home"),
    "file_input": _typed(
        {"filetypes": items(string(20), 1, 50), "max_files": whole(1, 10)}, "modal"
    ),
    "workflow_button": obj(
        {"text": plain(75), "workflow": anything}, {"action_id": ACTION_ID}, only_on("message")
    ),
}

FEEDBACK = obj({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
CONTEXT_ACTIONS: dict[str, Check] = {
    "feedback_buttons": obj(
        {"positive_button": FEEDBACK, "negative_button": FEEDBACK}, {"action_id": ACTION_ID}
    ),
    "icon_button": obj(
        {"icon": choice("trash"), "text": plain(75)},
        {"action_id": ACTION_ID, "value": string(2000), "confirm": CONFIRM,
         "accessibility_label": string(75), "visible_to_user_ids": items(ID, 1, 100)},
    ),
}  # fmt: skip

TYPED = (
    "plain_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "rich_text_input",
    "file_input",
)
IN_ACTIONS = tagged({k: v for k, v in ELEMENTS.items() if k not in (*TYPED, "image")}, "element")
IN_SECTION = tagged({k: v for k, v in ELEMENTS.items() if k not in TYPED}, "element")
IN_INPUT = tagged(
    {
        k: v
        for k, v in ELEMENTS.items()
        if k not in ("image", "button", "overflow", "workflow_button")
    },
    "element",
)
