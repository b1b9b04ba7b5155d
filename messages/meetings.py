"""How meetings with customers read: the form, the list, and what was done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, Option
from messages.form import Form
from messages.ids import View
from messages.inputs import moment_input, number_input, select_input, text_input

KINDS = [
    Option("Meeting", "meeting"),
    Option("QBR (quarterly business review)", "qbr"),
    Option("Success session", "success_session"),
    Option("Onboarding", "onboarding"),
    Option("Walkthrough", "walkthrough"),
    Option("Training", "training"),
    Option("Renewal talk", "renewal"),
    Option("Kick-off", "kickoff"),
]
KIND_NAMES = {option.value: option.label.split(" (")[0] for option in KINDS}


@dataclass(frozen=True, kw_only=True)
class MeetingForm(Form):
    """Adds a meeting; its time is picked in the reader's own zone."""

    view = View.MEETING
    title = "Add a Meeting"
    submit = "Add Meeting"

    account_id: int | None = None
    account: str | None = None
    kind: str = "meeting"
    what: str = ""
    starts_at: datetime | None = None
    duration_minutes: int = 30

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Acme", kind="qbr")

    def blocks(self) -> list[Block]:
        return [
            about(self.account_id, self.account),
            select_input("kind", "Kind", KINDS, initial=self.kind),
            text_input("title", "Title", optional=True, initial=self.what, most=150),
            moment_input("starts_at", "Starts", initial=self.starts_at),
            number_input("duration", "Minutes", least=5, most=480, initial=self.duration_minutes),
            text_input("agenda", "Agenda", lines=True, optional=True),
        ]

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id}
