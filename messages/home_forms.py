"""The forms behind Home: all accounts by risk, another day for a task, with whose eyes to look."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from messages.accounts import AccountBook, BookLine
from messages.blocks import Block, Button, Control, Menu, Option, actions, context, section
from messages.form import Form
from messages.home_parts import of_account
from messages.ids import Action, View
from messages.inputs import date_input, member_input
from messages.text import Mrkdwn, escape, one_line, plural

RISKS = {
    "": "Any risk",
    "critical": "With a critical alert",
    "alerts": "With an open alert",
    "struggling": "Struggling",
    "steady": "Steady",
    "healthy": "Healthy",
    "thriving": "Thriving",
}


@dataclass(frozen=True, kw_only=True)
class AccountsByRisk(Form):
    """A page of somebody's accounts; an option's value carries the choice that it leads to."""

    view = View.HOME_ACCOUNTS
    title = "Accounts by Risk"
    turns = True

    whose: str
    owners: tuple[Option, ...]
    count: int
    lines: tuple[BookLine, ...]
    page: int
    pages: int
    segments: tuple[Option, ...]
    stages: tuple[Option, ...]
    risks: tuple[Option, ...]
    chosen: tuple[str, ...] = ()
    back: str | None = None
    further: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            whose="Dana Reyes",
            owners=(Option("My accounts", "1|1|||"), Option("All accounts", "0|1|||")),
            count=31,
            lines=AccountBook.example().lines,
            page=2,
            pages=3,
            segments=(Option("Any segment", "1|1|||"), Option("enterprise", "1|1|a1b2c3||")),
            stages=(Option("Any stage", "1|1|||"), Option("adoption", "1|1||d4e5f6|")),
            risks=tuple(Option(label, f"1|1|||{key}") for key, label in RISKS.items()),
            chosen=("enterprise",),
            back="1|1|||",
            further="1|3|||",
        )

    def blocks(self) -> list[Block]:
        narrowed = f" ({', '.join(one_line(c, 40) for c in self.chosen)})" if self.chosen else ""
        words = f"*{one_line(self.whose, 60)}*: {plural(self.count, 'account')}{narrowed}"
        rows = [of_account(line, _words(line)) for line in self.lines]
        empty = [] if rows else [section("No account is like that. Choose something wider.")]
        page = context(f"Riskiest first · page {self.page} of {self.pages}")
        turning = self._turning()
        return [
            section(Mrkdwn(words)),
            actions(self._menus()),
            *rows,
            *empty,
            page,
            *([actions(turning)] if turning else []),
        ]

    def _menus(self) -> list[Control]:
        return [
            *([Menu(Action.HOME_OWNER, "Whose", list(self.owners))] if self.owners else []),
            Menu(Action.HOME_SEGMENT, "Segment", list(self.segments)),
            Menu(Action.HOME_STAGE, "Stage", list(self.stages)),
            Menu(Action.HOME_RISK, "Risk", list(self.risks)),
        ]

    def _turning(self) -> list[Control]:
        made: list[Control] = []
        if self.back:
            made.append(Button("Previous Page", Action.HOME_ACCOUNTS_BACK, self.back))
        if self.further:
            made.append(Button("Next Page", Action.HOME_ACCOUNTS, self.further))
        return made


def _words(line: BookLine) -> Mrkdwn:
    parts = [f"*{one_line(line.account, 60)}*"]
    parts += [str(escape(line.arr))] if line.arr else []
    judged = f", {one_line(line.health_status.lower(), 20)}" if line.health_status else ""
    parts.append("health not known" if line.health is None else f"health {line.health}{judged}")
    if line.alerts:
        critical = f", {line.critical} critical" if line.critical else ""
        parts.append(f"{plural(line.alerts, 'open alert')}{critical}")
    return Mrkdwn(" · ".join(parts))


@dataclass(frozen=True, kw_only=True)
class TaskLaterForm(Form):
    view = View.TASK_LATER
    title = "Postpone a Task"
    submit = "Postpone Task"

    task_id: int
    what: str
    account: str
    due_on: date

    @classmethod
    def example(cls) -> Self:
        return cls(task_id=12, what="Call legal", account="Acme", due_on=date(2026, 11, 24))

    def blocks(self) -> list[Block]:
        about = f"*{one_line(self.what, 200)}* for {one_line(self.account, 60)}"
        return [section(Mrkdwn(about)), date_input("due_on", "New day", initial=self.due_on)]

    def remember(self) -> dict[str, Any]:
        return {"task_id": self.task_id}


@dataclass(frozen=True, kw_only=True)
class ViewAsForm(Form):
    view = View.HOME_VIEW_AS
    title = "View Home As"
    submit = "View Home"

    @classmethod
    def example(cls) -> Self:
        return cls()

    def blocks(self) -> list[Block]:
        return [
            member_input("person", "Whose Home"),
            context("You see what they see, with their rights, and cannot change anything there."),
        ]
