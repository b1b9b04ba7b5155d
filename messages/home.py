"""How App Home reads to each who opens it; what it is made of stands in messages/home_parts.py."""

from dataclasses import dataclass
from typing import Any, Self

from messages.blocks import Button, Control
from messages.ids import Action
from messages.message import Message
from messages.render import render

BLOCKS_MAX = 100  # of a view


@dataclass(frozen=True, kw_only=True)
class HomeOfStranger(Message):
    """To a colleague whom csbot does not know: nothing of any customer."""

    name = "home_of_stranger"

    @classmethod
    def example(cls) -> Self:
        return cls()

    def controls(self) -> list[Control]:
        return [Button("Ask for Access", Action.ACCESS_ASK, "me", "primary")]


def render_home(home: Message) -> dict[str, Any]:
    """The view that `views.publish` takes."""
    return {"type": "home", "callback_id": home.name, "blocks": render(home)["blocks"]}
