"""How an account's health is judged: the form, and what it leaves."""

from dataclasses import dataclass
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, Button, Control, Option
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import select_input, text_input
from messages.message import Message

STATUSES = [
    Option("Thriving", "Thriving"),
    Option("Healthy", "Healthy"),
    Option("Steady", "Steady"),
    Option("Struggling", "Struggling"),
]


@dataclass(frozen=True, kw_only=True)
class HealthSet(Message):
    """`before` is the former score, `wrote` what was typed for the account."""

    name = "health_set"

    account_id: int
    account: str
    status: str
    score: int
    before: int | None
    reason: str | None
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            status="Struggling",
            score=35,
            before=63,
            reason="No logins for a week",
            wrote=None,
        )

    def controls(self) -> list[Control]:
        return [
            Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id)),
            Button("Create Task", Action.ACCOUNT_TASK, str(self.account_id)),
        ]


@dataclass(frozen=True, kw_only=True)
class HealthForm(Form):
    view = View.HEALTH
    title = "Set Account Health"
    submit = "Set Health"

    account_id: int | None = None
    account: str | None = None
    status: str | None = None
    reason: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight", status="Steady")

    def blocks(self) -> list[Block]:
        return [
            about(self.account_id, self.account),
            select_input("status", "Health", STATUSES, initial=self.status),
            text_input(
                "reason",
                "Why",
                lines=True,
                optional=True,
                initial=self.reason,
                most=500,
                placeholder="No logins for a week, champion has left",
            ),
        ]

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id}
