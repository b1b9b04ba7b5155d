"""How snoozing all alerts of an account reads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control, context
from messages.ids import Action, View
from messages.inputs import moment_input, text_input
from messages.message import Message
from messages.text import plural


@dataclass(frozen=True)
class SnoozePast:
    """Of 90 days: how many came up, and how many a snooze of so many days would have `hidden`."""

    fired: int
    hidden: tuple[tuple[int, int], ...]

    def said(self) -> str:
        """Also how a snooze ends."""
        ends = "It ends at the time you choose, or as soon as something gets worse."
        if self.fired < 2:
            return f"In the last 90 days a snooze would have hidden nothing here. {ends}"
        each = [(plural(days, "day"), count) for days, count in self.hidden if count]
        length, hid = each[0] if each else (plural(self.hidden[-1][0], "day"), "none of them")
        rest = "".join(f", of {other} {count}" for other, count in each[1:])
        would = f"A snooze of {length} would have hidden {hid}{rest}."
        return f"In the last 90 days {self.fired} came up here. {would} {ends}"


PAST = SnoozePast(4, ((1, 0), (7, 1), (30, 3)))


@dataclass(frozen=True, kw_only=True)
class AccountSnoozed(Message):
    name = "account_snoozed"

    account_id: int
    account: str
    count: int
    until: datetime
    reason: str
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            count=2,
            until=datetime(2026, 11, 27, 9, 0, tzinfo=UTC),
            reason="Waiting for legal",
            wrote=None,
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]


@dataclass(frozen=True, kw_only=True)
class AccountSnoozeForm(AccountForm):
    view = View.ACCOUNT_SNOOZE
    title = "Snooze an Account"
    submit = "Snooze Alerts"

    until: datetime | None = None
    reason: str = ""
    past: SnoozePast | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight", past=PAST)

    def blocks(self) -> list[Block]:
        return [
            self.about(),
            *([context(self.past.said())] if self.past else []),
            moment_input("until", "Until", initial=self.until),
            text_input(
                "reason",
                "Why it can wait",
                initial=self.reason,
                most=300,
                placeholder="Waiting for legal",
            ),
        ]
