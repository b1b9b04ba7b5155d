"""The first minute: what csbot says of itself to each person, once, and what changed since."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from messages.blocks import Block, Button, Control, actions, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.text import Mrkdwn

FOOT = "introduction"  # the blocks of it that stand under another message


class Change(NamedTuple):
    """`heading` is the bold one in CHANGELOG.md, `what` the same for whoever was away."""

    on: date
    heading: str
    what: Mrkdwn


CHANGES = (
    Change(
        date(2026, 11, 22),
        "A first minute for each person",
        Mrkdwn("Who is new reads in three lines what reaches them and how to change that."),
    ),
    Change(
        date(2026, 11, 22),
        "Slack's own menus",
        Mrkdwn("Any message becomes a check-in or a task: *More actions*, then csbot's entries."),
    ),
)


def since(day: date) -> tuple[Mrkdwn, ...]:
    """What is new after that day, the newest first; at most three."""
    return tuple(change.what for change in CHANGES if change.on > day)[:3]


@dataclass(frozen=True, kw_only=True)
class Introduction(Message):
    """To each person once: in App Home, under their first direct message, or beside an alert."""

    name = "introduction"

    role: str
    alerts_by: str
    digest_at: str

    @classmethod
    def example(cls) -> Self:
        return cls(role="csm", alerts_by="mention", digest_at="08:30")

    def controls(self) -> list[Control]:
        return [
            Button("Show My Accounts", Action.ACCOUNT_MY, "me"),
            Button("Change My Settings", Action.SETTINGS_EDIT, "me"),
            Button("Close Introduction", Action.INTRODUCTION_CLOSE, "me"),
        ]

    def layout(self, parts: Parts) -> list[Block]:
        return [
            section(f"{parts.summary}\n{parts.body}") | {"block_id": f"{FOOT}:words"},
            actions(self.controls(), block_id=f"{FOOT}:buttons"),
        ]


@dataclass(frozen=True, kw_only=True)
class WhatChanged(Message):
    """To somebody who comes back after a month; `news` are sentences of ours."""

    name = "what_changed"

    away_since: date
    news: tuple[Mrkdwn, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(away_since=date(2026, 10, 12), news=since(date(2026, 10, 12)))

    def controls(self) -> list[Control]:
        return [
            Button("Show My Accounts", Action.ACCOUNT_MY, "me"),
            Button("Change My Settings", Action.SETTINGS_EDIT, "me"),
        ]
