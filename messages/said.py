"""A sentence said to one person: a refusal, a receipt, an apology."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Block, Button, Control, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.text import lightly


@dataclass(frozen=True, kw_only=True)
class Said(Message):
    name = "said"
    sentence: str

    def layout(self, parts: Parts) -> list[Block]:
        return [section(lightly(self.sentence))]

    @classmethod
    def example(cls) -> Self:
        return cls(sentence="I can't read the date *fryday*. Try `due friday` or `due 2026-12-04`.")


@dataclass(frozen=True, kw_only=True)
class NotDone(Said):
    """Why nothing was done: what was asked stays in sight, to be done in another way."""


@dataclass(frozen=True, kw_only=True)
class Fault(Message):
    """`code` is what an admin finds the traceback by."""

    name = "fault"
    code: str

    def controls(self) -> list[Control]:
        return [Button("Tell an Admin", Action.HELP_TELL, self.code)]

    @classmethod
    def example(cls) -> Self:
        return cls(code="K7F2")
