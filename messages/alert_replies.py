"""What follows a card: how it ends, what is said in its thread, and many alerts in one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from messages.alert_card import MARKS, WORDS, named, one_line
from messages.alerts import SENT
from messages.blocks import Block, Button, Control, Menu, Option, actions, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.text import Mrkdwn, Person, clip, escape, mention

MENU_MAX, LINES_MAX = 100, 5


@dataclass(frozen=True, kw_only=True)
class AlertClosed(Message):
    """`ended` is one word for how, `because` a whole sentence; `days` is how long it was open.

    `title` is the task's or the meeting's.
    """

    name = "alert_closed"
    kind: str
    account: str
    ended: str
    because: str
    days: int
    title: str | None = None
    taken_by: Person | None = None
    checkins: int = 0

    def layout(self, parts: Parts) -> list[Block]:
        title = f"{MARKS['closed']} *{one_line(parts.named['what'])}*"
        return [section(Mrkdwn("\n".join([title, parts.body])))]

    @classmethod
    def example(cls) -> Self:
        return cls(
            kind="inactive", account="Quietwater Freight", ended="back",
            because="Ann Lee logged in on 25 Nov.", days=2, checkins=2,
            taken_by=Person("Dana Reyes", "U0DANA"),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AlertNote(Message):
    """A reply in an alert's thread, or a direct message, when an edit would reach nobody.

    `event` is risen, woken, moved, handed_over, escalated, overdue, yours (a playbook says so),
    lapsed (`by` had it for `days`), waiting or grouped; `about` is the alert's sentence, `more` how
    many others are meant too.
    """

    name = "alert_note"
    event: str
    asked: tuple[Person, ...]
    severity: str
    about: Mrkdwn
    owner: Person | None = None
    by: Person | None = None
    hours: int = 0
    days: int = 0
    more: int = 0
    why: str | None = None
    word: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", WORDS[self.severity])

    def layout(self, parts: Parts) -> list[Block]:
        who = " ".join(mention(person) for person in self.asked)
        return [section(Mrkdwn(f"{who} {parts.summary}".strip()))]

    @classmethod
    def example(cls) -> Self:
        return cls(
            event="escalated", asked=(Person("Priya Shah", "U0PRIYA"),), severity="critical",
            about=Mrkdwn("nobody at Quietwater Freight has logged in for 9 days"),
            owner=Person("Dana Reyes", "U0DANA"), hours=4,
        )  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One alert within a group; `short` tells it from the others."""

    alert_id: int
    version: int
    account: str
    short: str
    owner: Person | None


@dataclass(frozen=True, kw_only=True)
class AlertGroupCard(Message):
    """Many of a kind in one message; `members` are the first of `count`, worst first."""

    name = "alert_group"
    group_id: int
    version: int
    kind: str
    severity: str
    count: int
    members: tuple[Member, ...]
    asked: tuple[Person, ...] = ()
    word: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", WORDS[self.severity])

    def layout(self, parts: Parts) -> list[Block]:
        who = " ".join(mention(person) for person in self.asked)
        what = one_line(parts.named["what"])
        title = f"{MARKS[self.severity]} *{self.word}: {what}*{f' · {who}' if who else ''}"
        lines = [title, *(_listed(member) for member in self.members[:LINES_MAX])]
        if self.count > LINES_MAX:
            lines.append(f"and {self.count - LINES_MAX:,} more")
        lines.append(f"*Next:* {one_line(parts.named['next'])}")
        block_id = f"alert-group:{self.group_id}:{self.version}"
        return [
            section(Mrkdwn("\n".join(lines))),
            actions(self.controls(), block_id=block_id),
        ]

    def controls(self) -> list[Control]:
        options = [
            Option(
                f"{clip(one_line(m.account), 40)}: {m.short}",
                f"{m.alert_id}:{m.version}",
                m.owner.name if m.owner else None,
            )
            for m in self.members[:MENU_MAX]
        ]
        value = f"{self.group_id}:{self.version}"
        return [
            Menu(Action.ALERT_PICK, "Choose One…", options),
            Button("Show All", Action.ALERT_SHOW_ALL, value),
        ]

    @classmethod
    def example(cls) -> Self:
        names = ["Initech", "Hooli", "Umbrella", "Globex", "Acme", "Vandelay", "Wonka"]
        owner = Person("Dana Reyes", "U0DANA")
        return cls(
            group_id=3, version=1, kind="inactive", severity="soon", count=7, asked=(owner,),
            members=tuple(Member(20 + n, 1, name, f"nobody for {16 - n} days", owner)
                          for n, name in enumerate(names)),
        )  # fmt: skip


def _listed(member: Member) -> str:
    owner = f" · {named(member.owner)}" if member.owner else ""
    return f"{escape(clip(one_line(member.account), 60))}, {escape(member.short)}{owner}"


@dataclass(frozen=True, kw_only=True)
class AlertGroupClosed(Message):
    """All that the group listed has been dealt with."""

    name = "alert_group_closed"
    kind: str
    since: datetime

    @classmethod
    def example(cls) -> Self:
        return cls(kind="inactive", since=SENT - timedelta(days=1))
