"""How it reads when one person takes over all accounts of another."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from messages.blocks import Block, Button, Control, context, section
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import member_input, text_input
from messages.message import Message
from messages.text import Money, Mrkdwn, Person, escape, listed, one_line, plural

NAMES_MAX = 20


@dataclass(frozen=True, kw_only=True)
class Moving:
    """What moves; `left` of the accounts are no customers any more, and count for no ARR. The names
    are the first few, largest first.
    """

    accounts: int
    arr: tuple[Money, ...]
    names: tuple[str, ...]
    alerts: int
    tasks: int
    left: int = 0

    @property
    def counted(self) -> Mrkdwn:
        """14 accounts (2 have left), $734k + €48k ARR, with 5 open alerts and 3 open tasks."""
        amounts = " + ".join(escape(amount) for amount in self.arr)
        worth = f", {amounts} ARR" if amounts else ""
        alerts, tasks = plural(self.alerts, "open alert"), plural(self.tasks, "open task")
        gone = f" ({self.left} {'has' if self.left == 1 else 'have'} left)" if self.left else ""
        accounts = f"{plural(self.accounts, 'account')}{gone}{worth}"
        return Mrkdwn(f"{accounts}, with {alerts} and {tasks}")

    def listed(self, most: int) -> Mrkdwn:
        shown = [str(one_line(name, 40)) for name in self.names[:most]]
        more = self.accounts - len(shown)
        return Mrkdwn(f"{', '.join(shown)} and {more} more" if more else listed(shown, most))


MOVING = Moving(
    accounts=14,
    arr=(Money(Decimal(734_000)), Money(Decimal(48_000), "EUR")),
    names=("Quietwater Freight", "Grumpy Grapes", "Acme"),
    alerts=5,
    tasks=3,
)


@dataclass(frozen=True, kw_only=True)
class HandOverForm(Form):
    """`former_id` is who gives theirs away, where the button said so."""

    view = View.HAND_OVER_ALL
    title = "Hand Over Accounts"
    submit = "Show Preview"

    former_id: int = 0
    former: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(former_id=1, former="Dana Reyes")

    def blocks(self) -> list[Block]:
        whose = Mrkdwn(f"All accounts of *{one_line(self.former, 60)}*") if self.former else None
        return [
            section(whose) if whose else member_input("former", "All accounts of"),
            member_input("person", "New owner"),
        ]

    def remember(self) -> dict[str, Any]:
        return {"former_id": self.former_id}


@dataclass(frozen=True, kw_only=True)
class HandOverPreview(Form):
    """`seen` tells what exactly was shown: it is approved as it stands here, or not at all."""

    view = View.HAND_OVER_PREVIEW
    title = "Hand Over Accounts"
    submit = "Hand Over All"

    former_id: int
    former: str
    to_id: int
    to: str
    moving: Moving
    seen: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            former_id=1, former="Dana Reyes", to_id=2, to="Lee Park", moving=MOVING,
            seen="a1b2c3",
        )  # fmt: skip

    def blocks(self) -> list[Block]:
        former, to = one_line(self.former, 60), one_line(self.to, 60)
        return [
            section(Mrkdwn(f"*From {former} to {to}:* {self.moving.counted}.")),
            section(self.moving.listed(NAMES_MAX)),
            context(
                f"{to} and {former} hear of it once each. Alerts and tasks that somebody else has "
                "been given stay with them. `/cs undo` takes it back for a few minutes."
            ),
            text_input("why", "Why", optional=True, most=300, placeholder="Moves to enterprise"),
        ]

    def remember(self) -> dict[str, Any]:
        return {"former_id": self.former_id, "to_id": self.to_id, "seen": self.seen}


@dataclass(frozen=True, kw_only=True)
class AccountsTakenOver(Message):
    """To the new owner, in place of a message for each account."""

    name = "accounts_taken_over"

    by: Person
    former: Person
    moving: Moving
    why: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            by=Person("Priya Nair", "U_PRIYA"), former=Person("Dana Reyes", "U_DANA"),
            moving=MOVING, why="Dana moves to the enterprise team",
        )  # fmt: skip

    def controls(self) -> list[Control]:
        return [Button("Show My Accounts", Action.ACCOUNT_MY, "me", "primary")]


@dataclass(frozen=True, kw_only=True)
class AccountsGivenAway(Message):
    """To the former owner; as the receipt also to whoever did it."""

    name = "accounts_given_away"

    by: Person
    former: Person
    to: Person
    moving: Moving
    why: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            by=Person("Priya Nair", "U_PRIYA"), former=Person("Dana Reyes", "U_DANA"),
            to=Person("Lee Park", "U_LEE"), moving=MOVING, why="Dana moves to enterprise",
        )  # fmt: skip
