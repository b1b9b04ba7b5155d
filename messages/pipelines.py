"""How pipelines read: the stages of each, who stands where."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Self

from messages.blocks import Block, Control, Menu, Option, context, section
from messages.charts import POINTS_MAX, Bar, bar_chart
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Money, Mrkdwn, short_money

STAGES = 20


class Summary(NamedTuple):
    name: str
    size: int
    stages: int


class Stage(NamedTuple):
    """`accounts` are the first few of `size` by name, `arr` is of all, an amount a currency."""

    name: str
    size: int
    accounts: tuple[str, ...]
    arr: tuple[Money, ...]

    @property
    def amounts(self) -> Mrkdwn:
        return Mrkdwn(" + ".join(short_money(amount) for amount in self.arr))


@dataclass(frozen=True, kw_only=True)
class PipelineList(Message):
    name = "pipeline_list"

    pipelines: tuple[Summary, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            pipelines=(
                Summary("Customer Health Status", 38, 4),
                Summary("Subscription & Billing", 40, 2),
            )
        )

    def question(self) -> str:
        return "pipelines:"

    def controls(self) -> list[Control]:
        if not self.pipelines:
            return []
        options = [Option(one.name, one.name[:150]) for one in self.pipelines[:100]]
        return [Menu(Action.PIPELINE_SHOW, "Show a pipeline", options)]


@dataclass(frozen=True, kw_only=True)
class PipelineBoard(Message):
    """The fullest stage first."""

    name = "pipeline_board"

    pipeline: str
    stages: tuple[Stage, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            pipeline="Customer Health Status",
            stages=(
                Stage("Healthy", 21, ("Globex", "Initech"), (Money(Decimal(410_000)),)),
                Stage("Struggling", 4, ("Grumpy Grapes",), (Money(Decimal(64_000)),)),
            ),
        )

    def question(self) -> str:
        return f"pipeline:{self.pipeline}"

    def layout(self, parts: Parts) -> list[Block]:
        rows = pieces(parts.body, len(self.stages[:STAGES]) + 1)[1:]
        blocks = [section(f"*{parts.summary}*")]
        if len(self.stages) > 1:
            blocks.append(self._chart())
        blocks += [section("\n".join(rows[at : at + 5])) for at in range(0, len(rows), 5)]
        return [*blocks, context(parts.context)]

    def _chart(self) -> Block:
        bars = [Bar(stage.name, Decimal(stage.size)) for stage in self.stages[:POINTS_MAX]]
        return bar_chart(
            {"Accounts": bars},
            title="Accounts by stage",
            x_label="Stage",
            y_label="Accounts",
        )
