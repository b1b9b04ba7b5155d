"""How the list of renewals reads: what is due, how much will come, a page of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple, Self

from messages.blocks import Block, Button, Control, Option, Overflow, actions, context, section
from messages.charts import SENDABLE, Bar, Picture, bar_chart, short_month, thousands
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Money, Mrkdwn, Person, plural, short_money


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What one currency adds up to; `last_week` is None when nobody knows.

    `rest` is what is open beside commit, both weighted; `closed` is what was due of what is won
    or lost, `signed` what it brought, and `won` the part of that which was due.
    """

    due: Money
    forecast: Money
    won: Money
    commit: Money
    rest: Money
    closed: Money
    signed: Money
    last_week: Money | None = None

    @property
    def equation(self) -> Mrkdwn:
        parts = [f"kept {short_money(self.won)}"] if self.won.amount else []
        parts += [f"commit {short_money(self.commit)}"]
        parts += [f"weighted rest {short_money(self.rest)}"]
        said = " + ".join(parts)
        return Mrkdwn(f"{said[:1].upper()}{said[1:]} = forecast {short_money(self.forecast)}.")


@dataclass(frozen=True, kw_only=True)
class Group:
    """A category, month, owner or segment with what it adds up to, an amount a currency."""

    label: str
    count: int
    due: tuple[Money, ...]
    forecast: tuple[Money, ...] = ()
    closed: int = 0

    @property
    def amounts(self) -> Mrkdwn:
        return Mrkdwn(" + ".join(short_money(amount) for amount in self.due) or "nothing")


@dataclass(frozen=True, kw_only=True)
class RenewalLine:
    """`begins` is the group that starts with this line; `days_left` is negative when overdue.

    `signal` is the category that the data speaks for, where it is not the owner's.
    """

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
    signal: str | None = None

    @property
    def when(self) -> str:
        if self.days_left < 0:
            return f"{plural(-self.days_left, 'day')} overdue"
        return plural(self.days_left, "day") if self.days_left else "today"


def _usd(thousands: int) -> Money:
    return Money(Decimal(thousands * 1000))


def _group(label: str, count: int, thousands: int) -> Group:
    return Group(label=label, count=count, due=(_usd(thousands),), forecast=(_usd(thousands),))


_SUM = Sum(
    due=_usd(734),
    forecast=_usd(550),
    won=_usd(50),
    commit=_usd(310),
    rest=_usd(190),
    closed=_usd(64),
    signed=_usd(55),
    last_week=_usd(560),
)
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
    signal="at risk",
    owner=Person("Dana Reyes", "U_DANA"),
    next_step="Exec call",
    next_step_on=date(2026, 12, 2),
    begins=_group("January", 1, 120),
)


class By(NamedTuple):
    """The same renewals listed by something else."""

    view: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The codes of the other lists that this one's controls lead to.

    `code` is its own, from which files and, unless it is one, a lasting copy are made.
    """

    back: str | None = None
    onward: str | None = None
    risk: str
    risk_label: str
    views: tuple[By, ...]
    code: str
    keep: bool


@dataclass(frozen=True, kw_only=True)
class RenewalsList(Message):
    """`until` names the window, `scope` the other filters; `peak` is when most falls due.

    `count` is of accounts, also with what is closed; `lines` are open, `groups` by `view`, `worse`
    the first of `worse_count`. `picture` is what became of a chart where Slack takes none.
    """

    name = "renewals_list"

    until: str
    scope: str
    count: int
    sums: tuple[Sum, ...]
    categories: tuple[Group, ...]
    view: str
    groups: tuple[Group, ...]
    peak: Group | None
    lines: tuple[RenewalLine, ...]
    page: int
    pages: int
    turn: Turn
    worse: tuple[str, ...]
    worse_count: int
    weights: dict[str, int]
    as_of: datetime
    picture: Picture = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            until="until 19 Feb",
            scope="",
            count=11,
            sums=(_SUM,),
            categories=(_group("commit", 4, 310), _group("at risk", 2, 98), _group("won", 1, 64)),
            view="month",
            groups=(_group("November", 1, 64), _group("January", 1, 120)),
            peak=_group("January", 1, 120),
            lines=(GRAPES, QUIETWATER),
            page=1,
            pages=2,
            turn=Turn(
                onward="90d|month|2|||",
                risk="90d|month|1|r||",
                risk_label="Only at Risk",
                views=(By("owner", "90d|owner|1|||"), By("segment", "90d|segment|1|||")),
                code="90d|month|1|||",
                keep=True,
            ),
            worse=("Quietwater Freight", "Initech"),
            worse_count=2,
            weights={"commit": 100, "probable": 75, "best case": 45, "at risk": 15},
            as_of=datetime(2026, 11, 21, 10, 40, tzinfo=UTC),
        )

    def question(self) -> str:
        return f"renewals:{self.turn.code}"

    @property
    def charted(self) -> bool:
        return self.page == 1 and len(self.groups) > 1

    def layout(self, parts: Parts) -> list[Block]:
        overview, *rows = pieces(parts.body, 1 + len(self.lines))
        blocks = [section(f"*{parts.summary}*\n{overview}".strip())]
        if self.charted and not self.picture:
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
        other = [Option(turn.risk_label, turn.risk)]
        other += [Option(f"By {one.view.capitalize()}", one.code) for one in turn.views]
        if self.picture in SENDABLE:
            other[-1:] = [Option("Send Chart", f"c{turn.code}")]
        other += [Option("Export", f"e{turn.code}")]
        other += [Option("Keep", f"k{turn.code}")] if turn.keep else []
        return [*made, Overflow(Action.RENEWALS_MORE, other)]

    def _chart(self) -> Block:
        currency, series = self.series()
        return bar_chart(
            series,
            title=f"Renewals by {self.view}, thousand {currency}",
            x_label=self.view.capitalize(),
            y_label=f"Thousand {currency}",
        )

    def series(self) -> tuple[str, dict[str, list[Bar]]]:
        """What the chart shows, in thousands of its currency: that of which most is due."""
        currency = self.sums[0].due.currency
        labels = [short_month(group.label) for group in self.groups]
        due = [thousands(group.due, currency) for group in self.groups]
        forecast = [thousands(group.forecast, currency) for group in self.groups]
        return currency, {
            "Due": [Bar(*pair) for pair in zip(labels, due, strict=True)],
            "Forecast": [Bar(*pair) for pair in zip(labels, forecast, strict=True)],
        }


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
            until="until 19 Feb", scope="Dana Reyes", next_on=date(2027, 3, 1),
            next_account="Overdue Optics",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RenewalsForbidden(Message):
    """What a viewer sees instead of amounts."""

    name = "renewals_forbidden"

    @classmethod
    def example(cls) -> Self:
        return cls()

    def controls(self) -> list[Control]:
        return [Button("Ask for Access", Action.ACCESS_ASK, "renewals")]
