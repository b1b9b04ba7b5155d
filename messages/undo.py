"""How it reads when somebody takes a change back: to them, and to whoever had been told of it."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Button, Control
from messages.ids import Action
from messages.message import Message
from messages.text import Person


@dataclass(frozen=True, kw_only=True)
class Undone(Message):
    """`did` is the act as the timeline tells it; `now_is` says how things are, a sentence each."""

    name = "undone"

    did: str
    ago: str
    account: str | None
    account_id: int | None
    now_is: tuple[str, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            did="Check-in logged: Called Ann, she is on leave",
            ago="2 minutes ago",
            account="Acme Corp",
            account_id=1,
            now_is=("The check-in is gone.", "The feedback waits for an answer again."),
        )

    def controls(self) -> list[Control]:
        if self.account_id is None:
            return []
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]


@dataclass(frozen=True, kw_only=True)
class UndoOffered(Message):
    """`why` the last act stays; `did` is the one before it that can be taken back."""

    name = "undo_offered"

    why: str
    did: str
    account: str | None
    ago: str
    entry_id: int

    @classmethod
    def example(cls) -> Self:
        return cls(
            why="The last thing you did, just now: *Message approved: Welcome (Acme Corp)*. That "
            "stays as it is. Messages to customers are decided on once.",
            did="Task added: Call legal",
            account="Acme Corp",
            ago="2 minutes ago",
            entry_id=8,
        )

    def controls(self) -> list[Control]:
        hears = f"Take back what you did before: {self.did}"
        return [Button("Undo That", Action.HOME_UNDO, str(self.entry_id), hears=hears)]


@dataclass(frozen=True, kw_only=True)
class TakenBack(Message):
    """For whoever had been told: what it was, and how things are now, if that needs saying."""

    name = "taken_back"

    by: Person
    did: str
    account: str
    account_id: int
    now_is: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            by=Person("Dana Reyes", "U_DANA"),
            did="Owner changed from Dana Reyes to Lee Park",
            account="Acme Corp",
            account_id=1,
            now_is="Dana Reyes owns it again.",
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]
