"""How one renewal is changed: the form, and what it leaves."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from messages.blocks import Block, Button, Control, Option, section
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import date_input, number_input, select_input, text_input
from messages.message import Message
from messages.text import Money, Person, day, full_money, lightly, one_line, short_money

CATEGORIES = [
    Option("Commit", "commit"),
    Option("Probable", "probable"),
    Option("Best case", "best_case"),
    Option("At risk", "at_risk"),
]


@dataclass(frozen=True, kw_only=True)
class RenewalForm(Form):
    """`seen` is the category and `mark` the plan that it was opened with: a change by somebody
    else meanwhile is refused. `why` says what did not fit in the line that it comes from.
    """

    view = View.RENEWAL
    title = "Change Renewal"
    submit = "Save Change"

    renewal_id: int
    account: str
    due: Money
    due_on: date
    seen: str
    mark: str
    category: str
    reason: str = ""
    forecast: str = ""
    next_step: str | None = None
    next_step_on: date | None = None
    offer: str = ""
    why: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(
            renewal_id=8,
            account="Quietwater Freight",
            due=Money(Decimal(120_000)),
            due_on=date(2027, 1, 10),
            seen="probable",
            mark="0c5e0a1b2d3f",
            category="probable",
            forecast="110000",
            next_step="Exec call",
            next_step_on=date(2026, 12, 2),
            offer="10 % off, 24 months",
        )

    def blocks(self) -> list[Block]:
        name, amount = one_line(self.account, 200), short_money(self.due)
        said = [section(lightly(self.why))] if self.why else []
        return [
            *said,
            section(f"*{name}* renews on {day(self.due_on)}, {amount} due."),
            select_input("category", "Forecast category", CATEGORIES, initial=self.category),
            text_input(
                "reason", "Why the category changes", initial=self.reason, optional=True, most=500,
                hint="Needed only when you choose another category.",
            ),
            self._expected(),
            text_input(
                "next_step", "Next step", initial=self.next_step or "", optional=True, most=300,
                placeholder="Exec call about the price",
            ),
            date_input("next_step_on", "By", initial=self.next_step_on, optional=True),
            text_input(
                "offer", "What is offered", initial=self.offer, optional=True, most=330,
                hint="An incentive, and how long the contract runs: 24 months, or 2 years.",
                placeholder="10 % off, 24 months",
            ),
        ]  # fmt: skip

    def _expected(self) -> Block:
        return text_input(
            "forecast_amount",
            f"Expected amount, {self.due.currency}",
            initial=self.forecast,
            optional=True,
            hint=f"For as long as what is due. Empty: all of it, {full_money(self.due)}.",
            placeholder="52k",
            most=40,
        )

    def remember(self) -> dict[str, Any]:
        return {"renewal_id": self.renewal_id, "seen": self.seen, "mark": self.mark}


@dataclass(frozen=True, kw_only=True)
class WonForm(Form):
    """What was signed; `months` and `amount` begin as what was offered and expected."""

    view = View.RENEWAL_WON
    title = "Renewal Won"
    submit = "Close as Won"

    renewal_id: int
    account: str
    due: Money
    due_on: date
    amount: str
    months: int
    why: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(
            renewal_id=8,
            account="Quietwater Freight",
            due=Money(Decimal(120_000)),
            due_on=date(2027, 1, 10),
            amount="220000",
            months=24,
        )

    def blocks(self) -> list[Block]:
        name, amount = one_line(self.account, 200), short_money(self.due)
        said = [section(lightly(self.why))] if self.why else []
        return [
            *said,
            section(f"*{name}* renews on {day(self.due_on)}, {amount} due."),
            text_input(
                "final_amount",
                f"What the whole new contract brings, {self.due.currency}",
                initial=self.amount,
                placeholder="52,000",
                most=40,
            ),
            number_input("final_months", "For how many months", least=1, most=120,
                         initial=self.months),
        ]  # fmt: skip

    def remember(self) -> dict[str, Any]:
        return {"renewal_id": self.renewal_id}


@dataclass(frozen=True, kw_only=True)
class RenewalSaved(Message):
    """`before` is the former category, None when it stays; `changed` is False when nothing did.

    `wrote` is what was typed for the account when it was not its name.
    """

    name = "renewal_saved"

    account: str
    category: str
    before: str | None
    next_step: str | None
    next_step_on: date | None
    changed: bool
    due: Money
    forecast: Money | None
    incentive: str | None
    months: int | None
    wrote: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account="Quietwater Freight",
            category="at risk",
            before="probable",
            next_step="Exec call",
            next_step_on=date(2026, 12, 2),
            changed=True,
            due=Money(Decimal(120_000)),
            forecast=Money(Decimal(110_000)),
            incentive="10 % off",
            months=24,
            wrote="quietwatter",
        )


@dataclass(frozen=True, kw_only=True)
class RenewalChanged(Message):
    """To the account's owner, by somebody else; `was` is the former category if that changed.

    `owner` is for whom the reader stands in.
    """

    name = "renewal_changed"

    renewal_id: int
    account_id: int
    account: str
    by: Person
    was: str | None
    now_is: tuple[str, ...]
    why: str | None
    owner: Person | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            renewal_id=8,
            account_id=1,
            account="Quietwater Freight",
            by=Person("Priya Nair", "U_PRIYA"),
            was="probable",
            now_is=("at risk", "$110,000 expected", "next step Exec call by 2 Dec 2026"),
            why="the budget was cut",
            owner=Person("Dana Reyes", "U_DANA"),
        )

    def controls(self) -> list[Control]:
        return [
            Button("Change…", Action.RENEWAL_CHANGE, str(self.renewal_id)),
            Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id)),
        ]


@dataclass(frozen=True, kw_only=True)
class RenewalWon(Message):
    """`until` is when the new contract ends; `before` what the old one brought a year, if known.

    `billed`: billing tells this account's revenue.
    """

    name = "renewal_won"

    account: str
    amount: Money
    months: int
    begins: date
    until: date
    a_year: Money
    before: Money | None
    billed: bool
    wrote: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account="Quietwater Freight",
            amount=Money(Decimal(260_000)),
            months=24,
            begins=date(2027, 1, 10),
            until=date(2029, 1, 10),
            a_year=Money(Decimal(130_000)),
            before=Money(Decimal(120_000)),
            billed=False,
        )
