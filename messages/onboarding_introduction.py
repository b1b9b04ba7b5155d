"""How the mail is shown that introduces who looks after a customer next: to be copied."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Block, Button, Control, actions, context, section, verbatim
from messages.ids import Action
from messages.message import Message, Parts
from messages.text import clean

PART_MAX, WORDS_MAX = 1400, 14_000  # characters of a block, and of all of them


@dataclass(frozen=True, kw_only=True)
class IntroductionDraft(Message):
    """`sender` introduces whoever has the address `copy` to those with the addresses `to`."""

    name = "introduction_draft"

    account_id: int
    account: str
    sender: str
    to: list[str]
    copy: str
    subject: str
    words: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            sender="Robin Weiss",
            to=["ann@quietwater.example"],
            copy="dana@vendor.example",
            subject="Your start with Shipments: meet Dana",
            words="Hello Ann,\n\nfrom here on Dana looks after you.\n\nRobin",
        )

    def layout(self, parts: Parts) -> list[Block]:
        """In blocks that show every sign as it is, so that the mail can be copied."""
        text = clean(self.words)
        starts = range(0, min(len(text), WORDS_MAX), PART_MAX)
        head = [verbatim(parts.named["addresses"]), verbatim(self.subject)]
        words = [verbatim(text[at : at + PART_MAX]) for at in starts]
        last = [context(parts.context), actions(self.controls())]
        return [section(parts.summary), *head, *words, *last]

    def controls(self) -> list[Control]:
        return [Button("Show Stage", Action.STAGE_SHOW, str(self.account_id))]
