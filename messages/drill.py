"""The numbered messages of the demo's delivery drill."""

from dataclasses import dataclass
from typing import Self

from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class DeliveryDrill(Message):
    name = "delivery_drill"
    number: int
    of: int

    @classmethod
    def example(cls) -> Self:
        return cls(number=3, of=8)
