"""How an account's health is judged: the form, and what it leaves."""

from dataclasses import dataclass
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control, Option
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
class HealthForm(AccountForm):
    view = View.HEALTH
    title = "Set Account Health"
    submit = "Set Health"

    status: str | None = None
    reason: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight", status="Steady")

    def blocks(self) -> list[Block]:
        return [
            self.about(),
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
