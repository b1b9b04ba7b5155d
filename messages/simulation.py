"""What a playbook would have done in the past: asked for, and answered by a direct message."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from messages.blocks import Block, context, section
from messages.charts import POINTS_MAX, Bar, bar_chart
from messages.message import Message, Parts
from messages.text import short_day


@dataclass(frozen=True, kw_only=True)
class SimulationAsked(Message):
    name = "simulation_asked"

    title: str
    since: date

    @classmethod
    def example(cls) -> Self:
        return cls(title="Users who stay away", since=date(2026, 5, 26))


@dataclass(frozen=True, kw_only=True)
class SimulationFailed(Message):
    """`why` is a sentence."""

    name = "simulation_failed"

    title: str
    why: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            title="Users who stay away",
            why="There is no parameter `dayz`, did you mean `days`?",
        )


@dataclass(frozen=True, kw_only=True)
class Counted:
    """`part` of `whole`, in per cent with its 95 % interval; `share` is None where whole is 0."""

    part: int
    whole: int
    share: int | None
    low: int
    high: int

    @property
    def said(self) -> str:
        if self.share is None:
            return "nothing to count yet"
        interval = f"95 % interval {self.low} to {self.high} %"
        return f"{self.part} of {self.whole} ({self.share} %; {interval})"


@dataclass(frozen=True, kw_only=True)
class Busiest:
    """The most messages of one week, which begins on `week`."""

    name: str
    count: int
    week: date


@dataclass(frozen=True, kw_only=True)
class PlaybookSimulated(Message):
    """`weeks` are Mondays with how often it would have started; `lead` is in days."""

    name = "playbook_simulated"

    playbook: str
    title: str
    days: int
    until: date
    fired: int
    at_once: int
    accounts: int
    weeks: tuple[tuple[date, int], ...]
    person: Busiest | None
    channel: Busiest | None
    touches: int
    touched: int
    contact: Busiest | None
    failed: int
    churned: int
    renewed: int
    recovered: int
    open: int
    neither: int
    horizon: int
    precision: Counted
    recall: Counted
    lead: int | None
    missed: tuple[str, ...]
    caveats: tuple[str, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            playbook="inactive-users",
            title="Users who stay away",
            days=180,
            until=date(2026, 11, 21),
            fired=14,
            at_once=2,
            accounts=11,
            weeks=((date(2026, 11, 2), 3), (date(2026, 11, 9), 5), (date(2026, 11, 16), 1)),
            person=Busiest(name="Dana Reyes", count=4, week=date(2026, 11, 9)),
            channel=Busiest(name="#cs-alerts", count=5, week=date(2026, 11, 9)),
            touches=9,
            touched=8,
            contact=Busiest(name="Ann Lee", count=2, week=date(2026, 11, 9)),
            failed=1,
            churned=4,
            renewed=2,
            recovered=3,
            open=2,
            neither=0,
            horizon=90,
            precision=Counted(part=4, whole=9, share=44, low=19, high=73),
            recall=Counted(part=4, whole=5, share=80, low=38, high=96),
            lead=34,
            missed=("Initech", "Hooli"),
            caveats=("`account.process` is read as of today, its history is not kept",),
        )

    def layout(self, parts: Parts) -> list[Block]:
        blocks = [section(f"*{parts.summary}*"), section(parts.body)]
        if self.fired and len(self.weeks) > 1:
            blocks.insert(1, self._chart())
        return [*blocks, context(parts.context)]

    def _chart(self) -> Block:
        size = -(-len(self.weeks) // POINTS_MAX)  # weeks in one bar
        parts = [self.weeks[at : at + size] for at in range(0, len(self.weeks), size)]
        bars = [
            Bar(_label(part[0][0], self.until), Decimal(sum(count for _, count in part)))
            for part in parts
        ]
        weeks = "week" if size == 1 else f"{size} weeks"
        return bar_chart(
            {"Starts": bars},
            title=f"Starts by {weeks}",
            x_label=f"{weeks.capitalize()} from",
            y_label="Starts",
        )


def _label(week: date, until: date) -> str:
    return short_day(week) if week.year == until.year else f"{short_day(week)} {week:%y}"
