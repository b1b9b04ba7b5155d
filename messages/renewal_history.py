"""How the forecast has gone, week by week, and what has moved it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Self

from messages.blocks import Block, Button, Control, actions, context, section
from messages.charts import SENDABLE, Bar, Picture, bar_chart, thousands
from messages.ids import Action
from messages.message import Message, Parts
from messages.text import Money, Mrkdwn, near_day, short_money


@dataclass(frozen=True, kw_only=True)
class WeekForecast:
    """As the week began, or `on` today."""

    on: date
    due: Money
    won: Money
    forecast: Money

    def since(self, week: "WeekForecast") -> Mrkdwn:
        more = self.forecast.amount - week.forecast.amount
        if not more:
            return Mrkdwn("unchanged")
        amount = short_money(Money(abs(more), self.forecast.currency))
        return Mrkdwn(f"{'up' if more > 0 else 'down'} {amount}")


class OfDue(NamedTuple):
    """What is counted on, of what is due."""

    counted: Money
    due: Money

    @property
    def words(self) -> Mrkdwn:
        return Mrkdwn(f"{short_money(self.counted)} of {short_money(self.due)}")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What the list of the window comes to, where that is not what its whole months come to.

    Those have what is due `after` the window and was `closed` too early for the list, but not
    what fell due `before` them.
    """

    until: str
    listed: OfDue
    after: OfDue
    closed: OfDue
    before: OfDue

    @property
    def parts(self) -> Mrkdwn:
        """By what sum the two differ."""
        told = (
            (self.closed, "plus {} closed earlier in them"),
            (self.after, "plus {} due later in them"),
            (self.before, "less {} due before them"),
        )
        return Mrkdwn(", ".join(how.format(one.words) for one, how in told if one.due.amount))


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of one renewal, in a few words; `why` is the person's own."""

    account: str
    due: Money
    what: str
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class Movement:
    """All changes of one kind; `changes` are the largest of `count`."""

    kind: str
    count: int
    due: tuple[Money, ...]
    changes: tuple[Change, ...]

    @property
    def amounts(self) -> Mrkdwn:
        return Mrkdwn(" + ".join(short_money(amount) for amount in self.due) or "nothing")


def _usd(thousands: int) -> Money:
    return Money(Decimal(thousands * 1000))


def _week(day: int, won: int, forecast: int) -> WeekForecast:
    on = date(2026, 11, day)
    return WeekForecast(on=on, due=_usd(734), won=_usd(won), forecast=_usd(forecast))


_WORSE = Change(
    account="Grumpy Grapes", due=_usd(64), what="probable to at risk", why="Champion left"
)


@dataclass(frozen=True, kw_only=True)
class RenewalHistory(Message):
    """`weeks` are the oldest first, without today; `others` are currencies that are left out.

    `before` is the one to compare with; `months` names the months looked at, `back` is the code of
    their list, `beside` what that says where it is something else. `picture` is what became of a
    chart where Slack takes none of its own.
    """

    name = "renewal_history"

    months: str
    scope: str
    weeks: tuple[WeekForecast, ...]
    before: WeekForecast | None
    now: WeekForecast
    beside: Listed | None
    movements: tuple[Movement, ...]
    others: tuple[str, ...]
    back: str
    as_of: datetime
    picture: Picture = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            months="November to February 2027",
            scope="Dana Reyes",
            weeks=(_week(9, 0, 590), _week(16, 50, 560)),
            before=_week(9, 0, 590),
            now=_week(21, 50, 535),
            beside=Listed(
                until="until 19 Feb", listed=OfDue(_usd(500), _usd(680)),
                after=OfDue(_usd(20), _usd(44)), closed=OfDue(_usd(30), _usd(40)),
                before=OfDue(_usd(15), _usd(30)),
            ),
            movements=(Movement(kind="Worse", count=1, due=(_usd(64),), changes=(_WORSE,)),),
            others=("EUR",),
            back="90d|month|1|||",
            as_of=datetime.fromisoformat("2026-11-21T10:40:00+00:00"),
        )  # fmt: skip

    def question(self) -> str:
        return f"history:{self.back}"

    @property
    def charted(self) -> bool:
        return bool(self.weeks)

    def layout(self, parts: Parts) -> list[Block]:
        blocks = [section(f"*{parts.summary}*")]
        if self.charted and not self.picture:
            blocks.append(self._chart())
        blocks.append(section(parts.body))
        blocks.append(actions(self.controls()))
        return [*blocks, context(parts.context)]

    def controls(self) -> list[Control]:
        made: list[Control] = [Button("Show List", Action.RENEWALS_PAGE, self.back)]
        if self.picture in SENDABLE:
            made.append(Button("Send Chart", Action.RENEWALS_MORE, f"h{self.back}"))
        return made

    def _chart(self) -> Block:
        return bar_chart(
            self.series(),
            title=f"Forecast of whole months by week, thousand {self.now.due.currency}",
            x_label="Week of",
            y_label=f"Thousand {self.now.due.currency}",
        )

    def series(self) -> dict[str, list[Bar]]:
        """What the chart shows, in thousands: as each week began, and now."""
        points = [(near_day(week.on, self.now.on), week) for week in self.weeks]
        points.append(("Now", self.now))
        return {
            name: [Bar(label, thousands([getattr(week, field)])) for label, week in points]
            for name, field in (("Due", "due"), ("Forecast", "forecast"))
        }
