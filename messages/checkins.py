"""How check-ins read: the form and what it leaves behind."""

from dataclasses import dataclass
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, Option
from messages.form import Form
from messages.ids import View
from messages.inputs import date_input, select_input, text_input

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
class CheckInForm(Form):
    """Without an account it asks for one; `alert_id` is the alert that it answers, if any."""

    view = View.CHECKIN
    title = "Log a Check-In"
    submit = "Log Check-In"

    account_id: int | None = None
    account: str | None = None
    alert_id: int | None = None
    how: str = "call"
    note: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight", alert_id=7)

    def blocks(self) -> list[Block]:
        return [
            about(self.account_id, self.account),
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
        return {"account_id": self.account_id, "alert_id": self.alert_id}
