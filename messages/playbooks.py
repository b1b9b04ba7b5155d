"""What playbooks say to the team."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Button, Control
from messages.ids import Action
from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class PlaybookNote(Message):
    """`text` is the file's own sentence; it asks for nothing."""

    name = "playbook_note"

    account_id: int
    account: str
    text: str
    playbook: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            text="Quietwater Freight has signed up, and Dana Reyes owns it.",
            playbook="New customer",
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]
