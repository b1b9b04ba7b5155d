"""How csbot answers what was said to it where a command could not be typed."""

from dataclasses import dataclass
from typing import Self

from messages.answers import VALUE_MAX
from messages.blocks import Button, Control
from messages.ids import Action
from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class FormBehindButton(Message):
    """Slack lets a form open only after a press; the button brings back the whole command."""

    name = "form_behind_button"

    command: str
    rest: str

    @classmethod
    def example(cls) -> Self:
        return cls(command="checkin", rest="Quietwater Freight")

    @property
    def value(self) -> str:
        return f"{self.command} {self.rest}".strip()

    @property
    def fits(self) -> bool:
        return len(self.value) <= VALUE_MAX

    def controls(self) -> list[Control]:
        return [Button("Open the Form", Action.COMMAND_FORM, self.value)]
