"""How onboarding reads: where an account stands, what is still open, and that it moved on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, Button, Control, Option, section
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import checkbox_input, select_input, text_input
from messages.message import Message
from messages.text import Person


@dataclass(frozen=True, kw_only=True)
class StageShown(Message):
    """`key` is the stage's; `held`: somebody wanted to leave it, `entered`: it was just entered."""

    name = "stage_shown"

    account_id: int
    account: str
    key: str
    stage: str
    number: int
    of: int
    goal: str
    since: datetime
    due_at: datetime
    late: int
    done: list[str]
    open: list[str]
    held: bool
    entered: bool
    may_override: bool
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            key="second-onboarding-meeting",
            stage="Second onboarding meeting",
            number=3,
            of=8,
            goal="They can do their daily work with the core features.",
            since=datetime(2026, 11, 9, 9, 0, tzinfo=UTC),
            due_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
            late=2,
            done=["Project plan agreed"],
            open=["Training held", "Admin user active"],
            held=True,
            entered=False,
            may_override=True,
            wrote=None,
        )

    def controls(self) -> list[Control]:
        value = f"{self.account_id}:{self.key}"
        if not self.open:
            return [Button("Advance", Action.STAGE_ADVANCE, value, style="primary")]
        tick = Button("Tick Off…", Action.STAGE_TICK, value)
        override = Button("Override…", Action.STAGE_OVERRIDE, value)
        return [tick, override] if self.may_override else [tick]


@dataclass(frozen=True, kw_only=True)
class StageNone(Message):
    """Onboarding is not under way; `lifecycle` is where the account is instead."""

    name = "stage_none"

    account_id: int
    account: str
    lifecycle: str
    waiting: bool
    first: str
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            lifecycle="onboarding",
            waiting=True,
            first="Transition",
            wrote=None,
        )

    def controls(self) -> list[Control]:
        return [Button("Start Onboarding", Action.STAGE_ADVANCE, f"{self.account_id}:")]


@dataclass(frozen=True, kw_only=True)
class StageFinished(Message):
    """To whoever ended an account's track."""

    name = "stage_finished"

    account: str
    stage: str
    lifecycle: str

    @classmethod
    def example(cls) -> Self:
        return cls(account="Acme", stage="Ongoing nurturing", lifecycle="adoption")


@dataclass(frozen=True, kw_only=True)
class StageCompleted(Message):
    """To the channel: a stage is behind an account; `following` is empty behind the last.

    `early`: a manager moved it on before all was done.
    """

    name = "stage_completed"

    account: str
    stage: str
    days: int
    goal_days: int
    following: str | None
    aim: str | None
    by: Person
    went_back: bool
    early: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            account="Acme",
            stage="Second onboarding meeting",
            days=12,
            goal_days=14,
            following="Follow-up e-mail",
            aim="They know what to do before the next training.",
            by=Person("Dana Reyes", "U0DANA"),
            went_back=False,
            early=False,
        )


@dataclass(frozen=True)
class Choice:
    """A criterion or a stage to choose, by its key."""

    key: str
    text: str


@dataclass(frozen=True, kw_only=True)
class StageCriteriaForm(Form):
    """`criteria` are those that only a person can tick; `seen` the ones that csbot knows of."""

    view = View.STAGE_CRITERIA
    title = "Tick Off"
    submit = "Save Ticks"

    account_id: int
    account: str
    key: str
    stage: str
    criteria: list[Choice]
    ticked: list[str]
    seen: list[str]

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            key="first-onboarding-meeting",
            stage="First onboarding meeting",
            criteria=[Choice("goals", "Goals written down"), Choice("plan", "Plan agreed")],
            ticked=["goals"],
            seen=["Meeting held"],
        )

    def blocks(self) -> list[Block]:
        options = [Option(item.text, item.key) for item in self.criteria]
        blocks = [about(self.account_id, self.account)]
        if options:
            label = f"Done in {self.stage}"
            blocks.append(checkbox_input("criteria", label, options, ticked=self.ticked))
        if self.seen:
            blocks.append(section(f"Done, as csbot has seen: {', '.join(self.seen)}"))
        return blocks

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id, "stage": self.key}


@dataclass(frozen=True, kw_only=True)
class StageOverrideForm(Form):
    """`stages` are those to choose from, and `to` is the chosen one."""

    view = View.STAGE_OVERRIDE
    title = "Override the Stage"
    submit = "Move Account"

    account_id: int
    account: str
    key: str
    stage: str
    open: list[str]
    stages: list[Choice]
    to: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            key="transition",
            stage="Transition",
            open=["Introduced by the account executive"],
            stages=[Choice("first-onboarding-meeting", "First onboarding meeting")],
            to="first-onboarding-meeting",
        )

    def blocks(self) -> list[Block]:
        stages = [Option(item.text, item.key) for item in self.stages]
        unmet = f" Still open: {', '.join(self.open)}." if self.open else ""
        return [
            about(self.account_id, self.account),
            section(f"It is in {self.stage}.{unmet}"),
            select_input("to", "Move it to", stages, initial=self.to),
            text_input(
                "reason",
                "Why",
                lines=True,
                most=300,
                hint="It stays in the record beside your name.",
            ),
        ]

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id, "stage": self.key}
