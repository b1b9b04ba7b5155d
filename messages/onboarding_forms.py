"""The forms of onboarding: what is done is ticked off, a manager moves an account with a reason."""

from dataclasses import dataclass
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, Option, section
from messages.form import Form
from messages.ids import View
from messages.inputs import checkbox_input, select_input, text_input


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
        shown = [item.key for item in self.criteria if item.key in self.ticked]
        return {"account_id": self.account_id, "stage": self.key, "ticked": shown}


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
