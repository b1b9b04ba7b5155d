"""How the words of a step to customers are tried out before anybody gets them."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Block, context, section
from messages.message import Message, Parts
from messages.text import Mrkdwn
from messages.touches import WORDS, letter


@dataclass(frozen=True, kw_only=True)
class TouchPreview(Message):
    """What a step would write to a customer now; `problem` where it would write nothing.

    `key` is the playbook's name in commands; it is the `nth` of its steps that write to
    customers, beside the `others`; `made_up` are the facts of the trigger that the words tell of.
    """

    name = "words_preview"

    playbook: str
    key: str
    step: str
    nth: int
    others: tuple[str, ...]
    account: str
    channel: str
    sender: str | None
    to: tuple[str, ...] = ()
    subject: str = ""
    words: str = ""
    made_up: tuple[str, ...] = ()
    problem: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            playbook="Quiet customer", key="quiet-customer", step="ask", nth=1, others=("again",),
            account="Quietwater Freight", channel="email", sender="Dana Reyes",
            to=("Ann Lee", "Max Berg"), subject="Your team’s Shipments board", words=WORDS,
            made_up=("days",),
        )  # fmt: skip

    def layout(self, parts: Parts) -> list[Block]:
        shown = letter(self.subject, self.words) if self.words else []
        return [section(Mrkdwn(parts.summary)), *shown, context(parts.context)]
