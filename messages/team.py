"""How access and one's own settings read."""

from dataclasses import dataclass
from typing import Self

from messages.alert_ways import KindWay
from messages.blocks import Block, Button, Control, Option, context
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import checkbox_input, select_input, text_input, time_input
from messages.message import Message
from messages.text import Person

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
REACH = [
    Option("In the channel, mentioning me", "mention"),
    Option("As a direct message", "dm"),
    Option("In my digest; critical ones mention me", "digest"),
]
USUAL = {
    "mention": "As usual in my role: in the channel",
    "dm": "As usual in my role: as a direct message",
    "digest": "As usual in my role: in my digest",
}


@dataclass(frozen=True, kw_only=True)
class AskForAccess(Message):
    """To a colleague whom csbot does not know; `admin` is the first name of the only one."""

    name = "ask_for_access"

    admin: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(admin="Priya")

    def controls(self) -> list[Control]:
        label = f"Ask {self.admin} for Access" if self.admin else "Ask for Access"
        return [Button(label, Action.ACCESS_ASK, "me", "primary")]


@dataclass(frozen=True, kw_only=True)
class AccessAsked(Message):
    """The answer to their press; `again`: the admins had been asked before."""

    name = "access_asked"

    admins: tuple[str, ...]
    again: bool

    @classmethod
    def example(cls) -> Self:
        return cls(admins=("Priya Nair",), again=False)


@dataclass(frozen=True, kw_only=True)
class AccessRequested(Message):
    """To each admin, once; `role` is what they are already, if they are in."""

    name = "access_requested"

    slack_id: str
    who: Person
    role: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(slack_id="U_NOA", who=Person("Noa Levi", "U_NOA"), role=None)

    def controls(self) -> list[Control]:
        return [
            Button("Make CSM", Action.ACCESS_GRANT, f"{self.slack_id}:csm", "primary"),
            Button("Make Manager", Action.ACCESS_GRANT_2, f"{self.slack_id}:manager"),
            Button("Make Viewer", Action.ACCESS_GRANT_3, f"{self.slack_id}:viewer"),
        ]


@dataclass(frozen=True, kw_only=True)
class AccessDecided(Message):
    """What the request turns into, for every admin."""

    name = "access_decided"

    who: Person
    role: str
    by: Person

    @classmethod
    def example(cls) -> Self:
        return cls(who=Person("Noa Levi", "U_NOA"), role="csm", by=Person("Priya Nair", "U_PRIYA"))


@dataclass(frozen=True, kw_only=True)
class AccessGranted(Message):
    """To the new member."""

    name = "access_granted"

    role: str
    by: Person

    @classmethod
    def example(cls) -> Self:
        return cls(role="csm", by=Person("Priya Nair", "U_PRIYA"))

    def controls(self) -> list[Control]:
        return [
            Button("Show My Accounts", Action.ACCOUNT_MY, "me", "primary"),
            Button("Change My Settings", Action.SETTINGS_EDIT, "me"),
        ]


@dataclass(frozen=True, kw_only=True)
class HelpWanted(Message):
    """To the admins, when somebody presses "Tell an Admin"; `code` is of the fault they saw."""

    name = "help_wanted"

    who: Person
    code: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(who=Person("Dana Reyes", "U_DANA"), code="K7F2")


@dataclass(frozen=True, kw_only=True)
class HelpAsked(Message):
    """To whoever pressed it; `again`: within the same hour."""

    name = "help_asked"

    admins: tuple[str, ...]
    again: bool

    @classmethod
    def example(cls) -> Self:
        return cls(admins=("Priya Nair",), again=False)


@dataclass(frozen=True, kw_only=True)
class SettingsShown(Message):
    """What will reach somebody, in one sentence; `saved` right after a change."""

    name = "settings_shown"

    alerts_by: str
    digest_at: str
    days: str
    work_starts: str
    work_ends: str
    timezone: str
    role: str
    saved: bool
    country: str | None = None
    kinds: tuple[KindWay, ...] = ()

    @classmethod
    def example(cls) -> Self:
        return cls(
            alerts_by="mention",
            kinds=(KindWay("task", "digest"),),
            digest_at="08:30",
            days="Monday to Friday",
            work_starts="09:00",
            work_ends="18:00",
            timezone="Europe/Berlin",
            role="csm",
            saved=False,
            country="DE",
        )

    def controls(self) -> list[Control]:
        return [
            Button("Change My Settings", Action.SETTINGS_EDIT, "me"),
            Button("Choose by Kind", Action.SETTINGS_KINDS, "0"),
        ]


@dataclass(frozen=True, kw_only=True)
class SettingsForm(Form):
    """Times as HH:MM, days as ISO weekdays; `usual` is how alerts reach one's role."""

    view = View.SETTINGS
    title = "My Settings"
    submit = "Save Settings"

    alerts_by: str
    usual: str
    digest_at: str
    work_starts: str
    work_ends: str
    days: tuple[int, ...]
    timezone: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            alerts_by="role",
            usual="mention",
            digest_at="08:30",
            work_starts="09:00",
            work_ends="18:00",
            days=(1, 2, 3, 4, 5),
            timezone="Europe/Berlin",
        )

    def blocks(self) -> list[Block]:
        days = [Option(name, str(number)) for number, name in enumerate(WEEKDAYS, 1)]
        ways = [Option(USUAL[self.usual], "role"), *REACH]
        return [
            select_input("alerts_by", "How alerts reach me", ways, initial=self.alerts_by),
            time_input("digest_at", "My digest at", initial=self.digest_at),
            time_input("work_starts", "I work from", initial=self.work_starts),
            time_input("work_ends", "until", initial=self.work_ends),
            checkbox_input("days", "on", days, ticked=[str(day) for day in self.days],
                           optional=False),
            text_input("timezone", "My time zone", initial=self.timezone, most=60,
                       placeholder="Europe/Berlin"),
            context("A customer's emergency (critical) always reaches you."),
        ]  # fmt: skip
