"""How a test alert reads, and the answers around it."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Button, Control
from messages.ids import Action
from messages.message import Message
from messages.text import Person


@dataclass(frozen=True, kw_only=True)
class TestAlert(Message):
    """`by` asked for it, and is mentioned as the owner of an account would be."""

    __test__ = False  # no test case, whatever pytest makes of its name

    name = "test_alert"

    by: Person | None

    @classmethod
    def example(cls) -> Self:
        return cls(by=Person("Priya Shah", "U_PRIYA"))

    def controls(self) -> list[Control]:
        return [Button("Acknowledge", Action.TEST_TAKE, "test", "primary")]


@dataclass(frozen=True, kw_only=True)
class TestAlertSent(Message):
    """To the reader alone without a `channel`; `again`: within the same minute, so not sent."""

    __test__ = False

    name = "test_alert_sent"

    channel: str | None
    again: bool

    @classmethod
    def example(cls) -> Self:
        return cls(channel="#cs-alerts", again=False)
