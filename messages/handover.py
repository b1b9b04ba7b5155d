"""How a change of owner reads: to the new one, to the former one, to who did it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control
from messages.ids import Action, View
from messages.inputs import member_input, text_input
from messages.message import Message
from messages.text import Money, Person


@dataclass(frozen=True, kw_only=True)
class AccountAssigned(Message):
    """To the new owner: what is at stake, and what comes next.

    `note` is what the former owner wants them to know, in lines.
    """

    name = "account_assigned"

    account_id: int
    account: str
    by: Person
    former: Person | None
    arr: Money | None
    renews_on: date | None
    days_left: int | None
    health: int | None
    alerts: int
    next_step: str | None
    why: str | None
    note: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            by=Person("Priya Nair", "U_PRIYA"),
            former=Person("Dana Reyes", "U_DANA"),
            arr=Money(Decimal(120_000)),
            renews_on=date(2027, 1, 10),
            days_left=50,
            health=41,
            alerts=2,
            next_step="Call Ann (champion)",
            why="Dana moves to the enterprise team",
            note="Why they bought: to see every parcel.\nDone: training held.",
        )

    def controls(self) -> list[Control]:
        return [
            Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id), "primary"),
            Button("Log Check-In", Action.ACCOUNT_CHECKIN, str(self.account_id)),
        ]


@dataclass(frozen=True, kw_only=True)
class AccountHandedOver(Message):
    """To the former owner."""

    name = "account_handed_over"

    account_id: int
    account: str
    by: Person
    to: Person
    why: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            by=Person("Priya Nair", "U_PRIYA"),
            to=Person("Lee Park", "U_LEE"),
            why="Dana moves to the enterprise team",
        )


@dataclass(frozen=True, kw_only=True)
class OwnerChanged(Message):
    """The receipt; `same`: nothing had to change. `wrote`: what was typed for the account."""

    name = "owner_changed"

    account_id: int
    account: str
    owner: Person
    mine: bool
    same: bool
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            owner=Person("Lee Park", "U_LEE"),
            mine=False,
            same=False,
            wrote="quietwatter",
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]


@dataclass(frozen=True, kw_only=True)
class AssignForm(AccountForm):
    view = View.ASSIGN
    title = "Assign an Account"
    submit = "Assign Account"

    owner: Person | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight", owner=Person("Dana Reyes", "U_DANA"))

    def blocks(self) -> list[Block]:
        return [
            self.about(),
            member_input(
                "person", "New owner", initial=self.owner.slack_id if self.owner else None
            ),
            text_input("why", "Why", optional=True, most=300, placeholder="Moves to enterprise"),
        ]
