"""How the list of renewals reads: what is due, how much will come, a page of it."""

from calendar import month_name
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Self

from messages.blocks import Block, Button, Control, Option, Overflow, actions, context, section
from messages.charts import Bar, bar_chart
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Money, Mrkdwn, Person, plural, short_money


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What one currency adds up to; `last_week` is None when nobody knows."""

    due: Money
    forecast: Money
    last_week: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """A category, month or owner with what it adds up to, an amount a currency."""

    label: str
    count: int
    due: tuple[Money, ...]

    @property
    def amounts(self) -> Mrkdwn:
        return Mrkdwn(" + ".join(short_money(amount) for amount in self.due) or "nothing")


@dataclass(frozen=True, kw_only=True)
class RenewalLine:
    """`begins` is the group that starts with this line; `days_left` is negative when overdue."""

    renewal_id: int
    account: str
    due: Money
    due_on: date
    days_left: int
    health: int | None
    direction: str | None
    category: str
    owner: Person | None
    next_step: str | None
    next_step_on: date | None
    begins: Group | None = None

    @property
    def when(self) -> str:
        if self.days_left < 0:
            return f"{plural(-self.days_left, 'day')} overdue"
        return plural(self.days_left, "day") if self.days_left else "today"


def _usd(thousands: int) -> Money:
    return Money(Decimal(thousands * 1000))


def _group(label: str, count: int, thousands: int) -> Group:
    return Group(label=label, count=count, due=(_usd(thousands),))


GRAPES = RenewalLine(
    renewal_id=7,
    account="Grumpy Grapes",
    due=_usd(64),
    due_on=date(2026, 11, 30),
    days_left=25,
    health=38,
    direction="steady",
    category="at risk",
    owner=Person("Dana Reyes", "U_DANA"),
    next_step=None,
    next_step_on=None,
    begins=_group("November", 1, 64),
)
QUIETWATER = RenewalLine(
    renewal_id=8,
    account="Quietwater Freight",
    due=_usd(120),
    due_on=date(2027, 1, 10),
    days_left=50,
    health=41,
    direction="falling",
    category="probable",
    owner=Person("Dana Reyes", "U_DANA"),
    next_step="Exec call",
    next_step_on=date(2026, 12, 2),
    begins=_group("January", 1, 120),
)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The codes of the other lists that this one's controls lead to; `keep`: of a lasting copy."""

    back: str | None = None
    onward: str | None = None
    risk: str
    risk_label: str
    view: str
    view_label: str
    keep: str | None = None


@dataclass(frozen=True, kw_only=True)
class RenewalsList(Message):
    """`until` names the window, `scope` the other filters; `peak` is the month with most due."""

    name = "renewals_list"

    until: str
    scope: str
    count: int
    sums: tuple[Sum, ...]
    categories: tuple[Group, ...]
    months: tuple[Group, ...]
    peak: Group | None
    lines: tuple[RenewalLine, ...]
    page: int
    pages: int
    turn: Turn
    worse: tuple[str, ...]
    weights: dict[str, int]
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        return cls(
            until="until 19 Feb",
            scope="",
            count=11,
            sums=(Sum(due=_usd(734), forecast=_usd(535), last_week=_usd(560)),),
            categories=(_group("commit", 4, 310), _group("at risk", 2, 98)),
            months=(_group("November", 1, 64), _group("January", 1, 120)),
            peak=_group("January", 1, 120),
            lines=(GRAPES, QUIETWATER),
            page=1,
            pages=2,
            turn=Turn(
                onward="90d|month|2|||",
                risk="90d|month|1|r||",
                risk_label="Only at Risk",
                view="90d|owner|1|||",
                view_label="By Owner",
                keep="k90d|month|1|||",
            ),
            worse=("Quietwater Freight", "Initech"),
            weights={"commit": 95, "probable": 75, "best case": 45, "at risk": 15},
            as_of=datetime(2026, 11, 21, 10, 40, tzinfo=UTC),
        )

    def layout(self, parts: Parts) -> list[Block]:
        overview, *rows = pieces(parts.body, 1 + len(self.lines))
        blocks = [section(f"*{parts.summary}*\n{overview}".strip())]
        if self.page == 1 and len(self.months) > 1:
            blocks.append(self._chart())
        for line, row in zip(self.lines, rows, strict=True):
            blocks.append(section(row, beside=_change(line)))
        blocks.append(actions(self.controls()))
        return [*blocks, context(parts.context)] if parts.context else blocks

    def controls(self) -> list[Control]:
        turn, made = self.turn, list[Control]()
        if turn.back:
            made.append(Button("Previous Page", Action.RENEWALS_BACK, turn.back))
        if turn.onward:
            made.append(Button("Next Page", Action.RENEWALS_PAGE, turn.onward))
        other = [Option(turn.risk_label, turn.risk), Option(turn.view_label, turn.view)]
        other += [Option("Keep", turn.keep)] if turn.keep else []
        return [*made, Overflow(Action.RENEWALS_MORE, other)]

    def _chart(self) -> Block:
        currency = self.sums[0].due.currency
        bars = [Bar(_short(m.label), _thousands(m.due, currency)) for m in self.months]
        return bar_chart(
            bars,
            title=f"Renewals due by month, thousand {currency}",
            measured=f"Due, {currency}",
            x_label="Month",
            y_label=f"Due, thousand {currency}",
        )


def _short(label: str) -> str:
    """January 2027 as Jan 2027: twelve of them stand below a chart, on a telephone too."""
    month, _, year = label.partition(" ")
    return f"{month[:3]} {year}".strip() if month and month in month_name else label


def _thousands(due: tuple[Money, ...], currency: str) -> Decimal:
    total = sum((m.amount for m in due if m.currency == currency), Decimal(0))
    return round(total / 1000, 1)


def _change(line: RenewalLine) -> Button:
    hears = f"Change the renewal of {line.account}"
    return Button("Change…", Action.RENEWAL_CHANGE, str(line.renewal_id), hears=hears)


@dataclass(frozen=True, kw_only=True)
class NoRenewals(Message):
    """`next_on` is when the first one outside the window falls due."""

    name = "no_renewals"

    until: str
    scope: str
    next_on: date | None
    next_account: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            until="until 19 Feb",
            scope="Dana Reyes",
            next_on=date(2027, 3, 1),
            next_account="Overdue Optics",
        )


@dataclass(frozen=True, kw_only=True)
class RenewalsForbidden(Message):
    """What a viewer sees instead of amounts."""

    name = "renewals_forbidden"

    @classmethod
    def example(cls) -> Self:
        return cls()

    def controls(self) -> list[Control]:
        return [Button("Ask for Access", Action.ACCESS_ASK, "renewals")]
