"""How the report on churn reads: who left in a period, why, and what went with them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar, Self

from messages.blocks import Block, Control, Option, Overflow, actions, context, section
from messages.charts import Bar, bar_chart
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.renewals import RenewalsForbidden
from messages.text import Money, Mrkdwn, short_money

PERIODS = [
    Option("Last 90 Days", "90d"),
    Option("This Quarter", "this quarter"),
    Option("Last Quarter", "last quarter"),
    Option("Last 12 Months", "12m"),
]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A type or a segment; what went with them is a sum a currency."""

    label: str
    count: int
    lost: tuple[Money, ...]

    @property
    def amounts(self) -> Mrkdwn:
        return Mrkdwn(" + ".join(short_money(one) for one in self.lost) or "revenue not known")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """`part` of `whole` were avoidable; `low` and `high` are the interval's ends, in per cent."""

    part: int
    whole: int
    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Line:
    account: str
    type: str
    effective_on: date
    arr: Money | None
    evidence: str
    won_back: bool = False


def _group(label: str, count: int, thousands: int) -> Group:
    return Group(label=label, count=count, lost=(Money(Decimal(thousands * 1000)),))


RIVAL = Line(
    account="Harbour Lights",
    type="Competitor",
    effective_on=date(2026, 10, 31),
    arr=Money(Decimal(84_000)),
    evidence="They signed with Rival on 12 Sep for its customs module.",
)


@dataclass(frozen=True, kw_only=True)
class ChurnReport(Message):
    """`lines` are those with most revenue; `leaving` are still customers, soonest first.

    `total` and its groups are those with a recorded reason; `silent` more left in the period
    without one. `unexplained` are all of those, whenever they left; some by name.
    """

    name = "churn_report"
    SHOWN: ClassVar[int] = 5
    NAMED: ClassVar[int] = 3

    first: date
    last: date
    total: Group
    types: tuple[Group, ...]
    segments: tuple[Group, ...]
    avoidable: Judged | None
    involuntary: int
    early: int
    mid: int
    late: int
    won_back: int
    lines: tuple[Line, ...]
    leaving: tuple[Line, ...]
    silent: int
    unexplained: int
    unexplained_names: tuple[str, ...]
    as_of: datetime
    asked: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(
            first=date(2026, 8, 25),
            last=date(2026, 11, 22),
            total=_group("all", 4, 198),
            types=(_group("Competitor", 2, 120), _group("Price or budget", 2, 78)),
            segments=(_group("enterprise", 1, 84), _group("mid-market", 3, 114)),
            avoidable=Judged(part=2, whole=3, low=21, high=94),
            involuntary=1,
            early=1,
            mid=1,
            late=2,
            won_back=1,
            lines=(RIVAL,),
            leaving=(RIVAL,),
            silent=1,
            unexplained=2,
            unexplained_names=("Rocket Rentals", "Old Oak"),
            as_of=datetime(2026, 11, 22, 10, 40, tzinfo=UTC),
        )

    def question(self) -> str:
        return f"churn:{self.asked}"

    def layout(self, parts: Parts) -> list[Block]:
        overview, told, ahead = pieces(parts.body, 3)
        blocks = [section(f"*{parts.summary}*\n{overview}".strip())]
        if self.total.lost and len(self.types) > 1:
            blocks.append(self._chart(self.total.lost[0].currency))
        blocks += [section(part) for part in (told, ahead) if part]
        return [*blocks, actions(self.controls()), context(parts.context)]

    def controls(self) -> list[Control]:
        return [Overflow(Action.CHURN_PERIOD, PERIODS)]

    def _chart(self, currency: str) -> Block:
        """In the currency that most went in; the words have the others."""
        lost = {
            group.label: sum((m.amount for m in group.lost if m.currency == currency), Decimal(0))
            for group in self.types
        }
        bars = [Bar(label, round(amount / 1000, 1)) for label, amount in lost.items()]
        return bar_chart(
            {f"ARR lost, thousand {currency}": bars},
            title=f"ARR lost by reason, thousand {currency}",
            x_label="Reason",
            y_label=f"ARR lost, thousand {currency}",
        )


@dataclass(frozen=True, kw_only=True)
class ChurnForbidden(RenewalsForbidden):
    name = "churn_forbidden"
