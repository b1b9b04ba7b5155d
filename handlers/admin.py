"""csbot's settings and its troubles, for admins."""

from csbot import administration, overriding
from csbot.access import May, require
from csbot.errors import Refused
from csbot.words import first_word
from handlers.ask import (
    STALE,
    Answer,
    Ask,
    Command,
    Press,
    Submission,
    on_command,
    on_press,
    on_submit,
)
from messages.ids import Action, View
from messages.settable import SECTIONS, TO_READ

AWAY = {"back", "default", "reset", "csbot.toml"}


@on_command("admin")
def admin(ask: Command) -> Answer:
    require(ask.person, May.SETTINGS_ALL)
    word, rest = first_word(ask.text)
    name = word.casefold()
    if rest and (part := overriding.titled(ask.text)):
        return _open(ask, part)
    if not rest:
        return _open(ask, overriding.part_of(name)) if name else _panel(ask)
    text = "" if rest.casefold() in AWAY else rest.removeprefix("=")
    return _one(ask, name, text)


@on_press(Action.ADMIN_PANEL)
def panel(ask: Press) -> Answer:
    return _panel(ask)


@on_press(Action.ADMIN_OPEN)
def opened(ask: Press) -> Answer:
    return _open(ask, ask.value)


@on_press(Action.ADMIN_EDIT)
def edit(ask: Press) -> Answer:
    return administration.form(ask.session, ask.value, by=ask.person, settings=ask.settings)


@on_press(Action.ADMIN_BACK)
def back(ask: Press) -> Answer:
    require(ask.person, May.SETTINGS_ALL)
    part, _, key = ask.value.partition("|")
    if part not in SECTIONS or key not in SECTIONS[part].keys:
        raise Refused(STALE)
    return _one(ask, key, "")


@on_submit(View.ADMIN)
def saved(ask: Submission) -> Answer:
    part = str(ask.remembered.get("part"))
    labels = overriding.save(
        ask.session, part=part, typed=ask.values, marks=str(ask.remembered.get("marks")),
        by=ask.person, now=ask.now, settings=ask.settings, asked=ask.asked,
    )  # fmt: skip
    return _section(ask, part, labels)


def _one(ask: Ask, key: str, text: str) -> Answer:
    part, label = overriding.set_one(
        ask.session, key=key, text=text, by=ask.person, now=ask.now, settings=ask.settings,
        asked=ask.asked,
    )  # fmt: skip
    return _section(ask, part, (label,) if label else ())


def _open(ask: Ask, part: str) -> Answer:
    if part in TO_READ:
        return administration.news(ask.session, part, by=ask.person, now=ask.now)
    return _section(ask, part, ())


def _section(ask: Ask, part: str, labels: tuple[str, ...]) -> Answer:
    return administration.section(
        ask.session, part, by=ask.person, settings=ask.settings, now=ask.now, saved=labels,
        unasked=tuple(channel for channel, found in ask.asked.items() if found is None),
    )  # fmt: skip


def _panel(ask: Ask) -> Answer:
    return administration.panel(ask.session, by=ask.person, settings=ask.settings, now=ask.now)
