"""How first value reads: how many have it in time, how long it takes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from messages.blocks import Block, context, section
from messages.message import Message, Parts
from messages.text import percent, plural


@dataclass(frozen=True, kw_only=True)
class ValueLine:
    """`known` are those of whom it is clear by now, `in_time` how many of these had it in time.

    `began` has those whose time is not over, too; `bounds` is the share's 95 % interval.
    """

    label: str
    began: int
    in_time: int
    known: int
    bounds: tuple[float, float]
    median: int | None
    goal: int | None

    @property
    def share(self) -> str:
        if not self.known:
            return "none is due yet"
        low, high = (round(100 * bound) for bound in self.bounds)
        said = percent(self.in_time, self.known)
        return f"{self.in_time} of {self.known} in time ({said}, likely {low} to {high} %)"

    @property
    def rest(self) -> str:
        parts = [f"goal {plural(self.goal, 'day')}"] if self.goal else []
        parts += [f"median {plural(self.median, 'day')}"] if self.median is not None else []
        waits = self.began - self.known
        parts += [f"{waits} still {'has' if waits == 1 else 'have'} time"] if waits else []
        return "".join(f", {part}" for part in parts)


WHOLE = ValueLine(
    label="", began=26, in_time=18, known=24, bounds=(0.55, 0.88), median=12, goal=None
)


@dataclass(frozen=True, kw_only=True)
class FirstValueReport(Message):
    """`scope` names the filters, whose `code` shows the same anew; `whole` is all of it."""

    name = "first_value_report"

    scope: str
    whole: ValueLine
    segments: tuple[ValueLine, ...]
    quarters: tuple[ValueLine, ...]
    as_of: datetime
    code: str

    @classmethod
    def example(cls) -> Self:
        large = ValueLine(
            label="Mid market", began=7, in_time=4, known=6, bounds=(0.3, 0.9), median=23, goal=45
        )
        quarter = ValueLine(
            label="2026, quarter 3", began=9, in_time=6, known=8, bounds=(0.4, 0.93), median=14,
            goal=None,
        )  # fmt: skip
        return cls(
            scope="Dana Reyes",
            whole=WHOLE,
            segments=(large,),
            quarters=(quarter,),
            code="|1||||",
            as_of=datetime(2026, 11, 21, 10, 40, tzinfo=UTC),
        )

    def question(self) -> str:
        return f"values:{self.code}"

    def layout(self, parts: Parts) -> list[Block]:
        return [section(f"*{parts.summary}*\n{parts.body}"), context(parts.context)]
