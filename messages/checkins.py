"""How check-ins read: the form and what it leaves behind."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control, Option, section
from messages.ids import Action, View
from messages.inputs import date_input, select_input, text_input
from messages.message import Message
from messages.text import escape

HOW = [
    Option("Call", "call"),
    Option("E-mail", "email"),
    Option("Meeting", "meeting"),
    Option("Chat", "chat"),
    Option("Another way", "other"),
]
SENTIMENTS = [
    Option("Positive", "positive"),
    Option("Neutral", "neutral"),
    Option("Negative", "negative"),
]


@dataclass(frozen=True, kw_only=True)
class CheckInForm(AccountForm):
    """Without an account it asks for one; `alert_id` is the alert that it answers, if any.

    `why` says what did not fit in the line that it comes from.
    """

    view = View.CHECKIN
    title = "Log a Check-In"
    submit = "Log Check-In"

    alert_id: int | None = None
    how: str = "call"
    note: str = ""
    why: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight", alert_id=7)

    def blocks(self) -> list[Block]:
        said = [section(escape(self.why))] if self.why else []
        return [
            *said,
            self.about(),
            select_input("how", "How", HOW, initial=self.how),
            text_input(
                "note",
                "What happened",
                lines=True,
                initial=self.note,
                placeholder="Called the champion, rollout on track",
            ),
            select_input("sentiment", "How did they sound?", SENTIMENTS, optional=True),
            text_input("next_step", "Next step", optional=True, most=300),
            date_input("next_step_on", "Next step by", optional=True),
        ]

    def remember(self) -> dict[str, Any]:
        return super().remember() | {"alert_id": self.alert_id}


@dataclass(frozen=True, kw_only=True)
class CheckInLogged(Message):
    """`wrote` is what was typed for the account when it was not its name.

    `undated` says why no date was understood in the next step; `plan` is the renewal's own.
    """

    name = "checkin_logged"

    account_id: int
    account: str
    note: str
    how: str
    next_step: str | None
    next_step_on: date | None
    undated: str | None
    answered: int
    on_renewal: bool
    plan: str | None
    again: bool
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            note="Called the champion, rollout on track",
            how="call",
            next_step="Send the training plan",
            next_step_on=date(2026, 12, 2),
            undated=None,
            answered=1,
            on_renewal=False,
            plan="Exec call about the price",
            again=False,
            wrote="acmee",
        )

    def controls(self) -> list[Control]:
        value = f"task\t{self.account_id}\t{self.next_step or ''}"
        return [Button("Add Task…", Action.FORM_OPEN, value)]
