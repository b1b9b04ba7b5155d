"""How the notes of an account read, and the form for a new one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control, actions, context, section
from messages.ids import Action, View
from messages.inputs import text_input
from messages.message import Message, Parts
from messages.pieces import pieces


@dataclass(frozen=True, kw_only=True)
class NoteLine:
    """`by` is a name, of nobody any more None."""

    at: datetime
    by: str | None
    text: str


@dataclass(frozen=True, kw_only=True)
class NoteList(Message):
    """The newest of `count` notes; `added`: the first of them just now, by whoever reads.

    `adds`: the reader may.
    """

    name = "note_list"

    account_id: int
    account: str
    notes: tuple[NoteLine, ...]
    count: int
    added: bool
    adds: bool
    wrote: str | None
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        at = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
        note = NoteLine(at=at, by="Dana Reyes", text="Ann decides, Max signs")
        return cls(
            account_id=1, account="Quietwater Freight", notes=(note,), count=12, added=False,
            adds=True, wrote="quietwatter", as_of=at,
        )  # fmt: skip

    def question(self) -> str:
        return f"notes:{self.account_id}"

    def layout(self, parts: Parts) -> list[Block]:
        lines = [line for line in pieces(parts.body, len(self.notes)) if line]
        blocks = [section(parts.summary), *[section(line) for line in lines]]
        return [*blocks, context(parts.context), actions(self.controls())]

    def controls(self) -> list[Control]:
        id = str(self.account_id)
        add = [Button("Add Note", Action.NOTE_ADD, id)] if self.adds else []
        return [*add, Button("Open Account", Action.ACCOUNT_OPEN, id)]


@dataclass(frozen=True, kw_only=True)
class NoteForm(AccountForm):
    """Without an account it asks for one."""

    view = View.NOTE
    title = "Add a Note"
    submit = "Add Note"

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight")

    def blocks(self) -> list[Block]:
        return [self.about(), text_input("note", "What the team should know", lines=True)]
