"""How snoozing all alerts of an account reads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control
from messages.ids import Action, View
from messages.inputs import moment_input, text_input
from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class AccountSnoozed(Message):
    name = "account_snoozed"

    account_id: int
    account: str
    count: int
    until: datetime
    reason: str
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            count=2,
            until=datetime(2026, 11, 27, 9, 0, tzinfo=UTC),
            reason="Waiting for legal",
            wrote=None,
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]


@dataclass(frozen=True, kw_only=True)
class AccountSnoozeForm(AccountForm):
    view = View.ACCOUNT_SNOOZE
    title = "Snooze an Account"
    submit = "Snooze Alerts"

    until: datetime | None = None
    reason: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight")

    def blocks(self) -> list[Block]:
        return [
            self.about(),
            moment_input("until", "Until", initial=self.until),
            text_input(
                "reason",
                "Why it can wait",
                initial=self.reason,
                most=300,
                placeholder="Waiting for legal",
            ),
        ]
