"""How one renewal is changed: the form, and what it leaves."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from messages.blocks import Block, Option, section
from messages.form import Form
from messages.ids import View
from messages.inputs import date_input, select_input, text_input
from messages.message import Message
from messages.text import Money, one_line, short_day, short_money

CATEGORIES = [
    Option("Commit", "commit"),
    Option("Probable", "probable"),
    Option("Best case", "best_case"),
    Option("At risk", "at_risk"),
]


@dataclass(frozen=True, kw_only=True)
class RenewalForm(Form):
    """`category` is what the form showed: a change by somebody else meanwhile is refused."""

    view = View.RENEWAL
    title = "Change Renewal"
    submit = "Save Change"

    renewal_id: int
    account: str
    due: Money
    due_on: date
    category: str
    next_step: str | None
    next_step_on: date | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            renewal_id=8,
            account="Quietwater Freight",
            due=Money(Decimal(120_000)),
            due_on=date(2027, 1, 10),
            category="probable",
            next_step="Exec call",
            next_step_on=date(2026, 12, 2),
        )

    def blocks(self) -> list[Block]:
        name, amount = one_line(self.account, 200), short_money(self.due)
        return [
            section(f"*{name}* renews on {short_day(self.due_on)}, {amount} due."),
            select_input("category", "Forecast category", CATEGORIES, initial=self.category),
            text_input(
                "reason",
                "Why the category changes",
                optional=True,
                hint="Needed only when you choose another category.",
                most=500,
            ),
            text_input(
                "next_step",
                "Next step",
                initial=self.next_step or "",
                optional=True,
                placeholder="Exec call about the price",
                most=300,
            ),
            date_input("next_step_on", "By", initial=self.next_step_on, optional=True),
        ]

    def remember(self) -> dict[str, Any]:
        return {"renewal_id": self.renewal_id, "seen": self.category}


@dataclass(frozen=True, kw_only=True)
class RenewalSaved(Message):
    """`before` is the former category, None when it stays; `changed` is False when nothing did."""

    name = "renewal_saved"

    account: str
    category: str
    before: str | None
    next_step: str | None
    next_step_on: date | None
    changed: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            account="Quietwater Freight",
            category="at risk",
            before="probable",
            next_step="Exec call",
            next_step_on=date(2026, 12, 2),
            changed=True,
        )
