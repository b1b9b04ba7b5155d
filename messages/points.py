"""How a score is explained: the sums of its points, and the last of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Self

from messages.blocks import Block, Button, Control, actions, section
from messages.ids import Action
from messages.message import Message, Parts


class Reason(NamedTuple):
    """`points` is the sum of as many entries as `times`."""

    name: str
    times: int
    points: int


class Entry(NamedTuple):
    at: datetime
    points: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class PointsLedger(Message):
    name = "points_ledger"

    account_id: int
    account: str
    score: int
    reasons: tuple[Reason, ...]
    newest: tuple[Entry, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            score=80,
            reasons=(Reason("Payment received", 2, 100), Reason("New customer", 1, 30)),
            newest=(Entry(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), -50, "Payment failed"),),
        )

    def question(self) -> str:
        return f"score:{self.account_id}"

    def layout(self, parts: Parts) -> list[Block]:
        said = section(f"*{parts.summary}*\n{parts.body}")
        return [said, actions(self.controls())]

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]
