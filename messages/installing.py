"""What is still to do until csbot works for a team: to whoever installed it, kept current."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from messages.blocks import Block, context, section, verbatim
from messages.message import Message, Parts

TEAM_TEXT = (
    "From today csbot tells us in Slack when a customer needs something: who has gone quiet, who "
    "is unhappy, what is overdue, what renews. Each alert has its owner and its buttons; your own "
    "morning digest comes as a direct message. Type /cs to see what it can do, and /cs settings "
    "to say how much of it reaches you. It reads no messages of ours."
)


class Step(NamedTuple):
    """`done` is None for what nobody needs to do yet."""

    done: bool | None
    what: str
    mend: str = ""


@dataclass(frozen=True, kw_only=True)
class Checklist(Message):
    """Rewritten in place whenever a step changes."""

    name = "checklist"

    steps: tuple[Step, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            steps=(
                Step(False, "People: 9 of 11 matched with Slack", "Ask Noa Levi and Abe Fox"),
                Step(True, "Channels: csbot is in all 2"),
                Step(True, "Time zones: all 11 are known"),
                Step(None, "Sources: nothing has been sent yet", "Connect usage or billing"),
                Step(False, "Go live: 41 alerts wait for your answer", "Press Go Live"),
            )
        )

    @property
    def left(self) -> int:
        return sum(step.done is False for step in self.steps)

    def layout(self, parts: Parts) -> list[Block]:
        told = context("To tell your team, copy this:")
        return [section(f"{parts.summary}\n{parts.body}"), told, verbatim(TEAM_TEXT)]
