"""The picture of a playbook: on its way."""

from dataclasses import dataclass
from typing import Self

from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class DiagramAsked(Message):
    """`steps` are the picture in words, a line a step."""

    name = "diagram_asked"

    title: str
    steps: tuple[str, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            title="Users who stay away",
            steps=("Alert, soon: template inactive (CSM)", "Tag: add “Inactive” (csbot)"),
        )
