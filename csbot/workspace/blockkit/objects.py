"""Composition objects: texts, options, confirmation dialogs."""

from typing import Any

from csbot.workspace.blockkit.schema import (
    Check,
    Walk,
    choice,
    exactly_one,
    flag,
    items,
    obj,
    string,
    tagged,
)

URL = string(3000)


def plain(most: int, least: int = 1) -> Check:
    return tagged({"plain_text": _plain(most, least)}, "text type")


def text(most: int, least: int = 1) -> Check:
    mrkdwn = obj({"text": string(most, least)}, {"verbatim": flag})
    return tagged({"plain_text": _plain(most, least), "mrkdwn": mrkdwn}, "text type")


def _plain(most: int, least: int) -> Check:
    return obj({"text": string(most, least)}, {"emoji": flag})


CONFIRM = obj(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)


def option(*, rich: bool = False, linked: bool = False) -> Check:
    """An option's value may have 150 characters by one source and 75 by another."""
    words = text(75) if rich else plain(75)
    extra = {"url": URL} if linked else {}
    described = {"description": text(75) if rich else plain(75)}
    return obj({"text": words, "value": string(150, smaller=75)}, {**described, **extra})


OPTION = option()
OPTIONS = items(OPTION, 1, 100)
OPTION_GROUP = obj({"label": plain(75), "options": OPTIONS}, {})
OPTION_GROUPS = items(OPTION_GROUP, 1, 100)

ONE_OPTION_SOURCE = exactly_one("options", "option_groups")


def initial_is_an_option(value: dict[str, Any], at: str, walk: Walk) -> None:
    chosen = value.get("initial_options") or [value.get("initial_option")]
    offered = list(value.get("options") or [])
    for group in value.get("option_groups") or []:
        offered += group.get("options", []) if isinstance(group, dict) else []
    for one in chosen if isinstance(chosen, list) else []:
        if one is not None and one not in offered:
            walk.wrong(f"{at}/initial_option", "initial_option must match an option", "")
