"""What csbot answers to a press in Home, where there is no conversation to say it in."""

from dataclasses import dataclass
from typing import Any, Self

from messages.blocks import Block
from messages.charts import without_charts
from messages.form import Form
from messages.ids import View
from messages.message import Message
from messages.render import render
from messages.said import Said

SHOWS = "shows"


@dataclass(frozen=True, kw_only=True)
class HomeAnswer(Form):
    """Any message, over Home; its buttons work there, too. It remembers which one it `shows`."""

    view = View.HOME_ANSWER
    title = "Answer"

    message: Message

    @classmethod
    def example(cls) -> Self:
        return cls(message=Said.example())

    def remember(self) -> dict[str, Any]:
        return {SHOWS: self.message.name}

    def blocks(self) -> list[Block]:
        return without_charts(render(self.message)["blocks"])
