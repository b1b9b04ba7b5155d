"""One renewal as a card: what is due, who thinks what of it, what is next and what was offered."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Self

from messages.blocks import Button, Control
from messages.ids import Action
from messages.message import Message
from messages.text import Money, Person


@dataclass(frozen=True, kw_only=True)
class CategoryStep:
    """One change of the category; `by` is None when csbot did it, or they have left."""

    on: date
    before: str | None
    after: str
    reason: str
    by: str | None


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What the data says; `apart` is that it contradicts the person's category."""

    category: str
    why: tuple[str, ...]
    since: datetime
    apart: bool


@dataclass(frozen=True, kw_only=True)
class Window:
    """`days` before the contract ends, which is `on`; `passed` is that it has begun."""

    days: int
    on: date
    passed: bool


STEP = CategoryStep(
    on=date(2026, 11, 3),
    before="commit",
    after="probable",
    reason="their budget is looked at again",
    by="Dana Reyes",
)
WINDOWS = (
    Window(days=120, on=date(2026, 9, 12), passed=True),
    Window(days=60, on=date(2026, 11, 11), passed=True),
    Window(days=30, on=date(2026, 12, 11), passed=False),
)


@dataclass(frozen=True, kw_only=True)
class RenewalCard(Message):
    """`forecast` is None where all that is due is expected; `tells` the newest change first."""

    name = "renewal_card"

    renewal_id: int
    account: str
    owner: Person | None
    due: Money
    due_on: date
    days_left: int
    category: str
    forecast: Money | None
    steps: tuple[CategoryStep, ...]
    signal: Signal | None
    next_step: str | None
    next_step_on: date | None
    step_late: bool
    incentive: str | None
    months: int | None
    windows: tuple[Window, ...]
    may_close: bool
    may_churn: bool
    wrote: str | None
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        at = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
        return cls(
            renewal_id=8, account="Quietwater Freight", owner=Person("Dana Reyes", "U_DANA"),
            due=Money(Decimal(120_000)), due_on=date(2027, 1, 10), days_left=50,
            category="probable", forecast=Money(Decimal(110_000)), steps=(STEP,),
            signal=Signal(
                category="at risk", since=at, apart=True,
                why=("health 41, down 22 in 7 days", "a critical alert is open"),
            ),
            next_step="Exec call", next_step_on=date(2026, 12, 2), step_late=False,
            incentive="10 % off", months=24, windows=WINDOWS, may_close=True, may_churn=True,
            wrote="quietwatter", as_of=at,
        )  # fmt: skip

    def question(self) -> str:
        return f"renewal:{self.renewal_id}"

    def controls(self) -> list[Control]:
        value = str(self.renewal_id)
        made: list[Control] = [Button("Change…", Action.RENEWAL_CHANGE, value)]
        if self.may_close:
            made.append(Button("Close as Won…", Action.RENEWAL_WON, value))
        if self.may_churn:
            made.append(Button("They Leave…", Action.RENEWAL_LOST, value))
        return made
