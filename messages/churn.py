"""How a churn is recorded and reads: the form, its card, and what is left when they stay."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Self

from messages.blocks import Block, Button, Confirm, Control, Option, section
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import date_input, select_input, text_input
from messages.message import Message
from messages.text import Money, Mrkdwn, Person, clip, day, escape, plural

EVIDENCE_LEAST, EVIDENCE_MOST = 20, 2000
# What shows each: asked for beside it, and again where the evidence is too short to be any.
TYPES = [
    Option("Onboarding", "onboarding", "Which stage they never got past, and since when"),
    Option("Product gap", "product_gap", "What it cannot do, and who asked for it when"),
    Option("Value gap", "value_gap", "Which result they expected, and what they got"),
    Option("Service", "service", "Which ticket, promise or answer failed them"),
    Option("Price or budget", "price_budget", "What they said, and the gap to our price"),
    Option("Competitor", "competitor", "Which one, and what decided it"),
    Option("Merger or takeover", "merger", "Who took over whom, and what they use there"),
    Option("Champion left", "champion_left", "Who left and when, and who followed"),
    Option("Out of business", "closed", "Since when, and where that is written"),
    Option("Payment failed", "payment", "Which invoices, and how often they were told"),
    Option("Other", "other", "What happened, in their words"),
]
AVOIDABLE = [
    Option("Yes, with what we know now", "yes"),
    Option("No", "no"),
    Option("Nobody knows yet", "unknown"),
]


@dataclass(frozen=True, kw_only=True)
class ChurnForm(Form):
    """`today` is the day of whoever fills it in; `type` and `evidence` what is known already."""

    view = View.CHURN
    title = "A Customer Leaves"
    submit = "Record Churn"

    account_id: int
    account: str
    today: date
    effective_on: date | None = None
    type: str | None = None
    evidence: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            today=date(2026, 11, 22),
            effective_on=date(2027, 1, 10),
            type="competitor",
            evidence="They signed with Rival on 12 Nov for its customs module.",
        )

    def blocks(self) -> list[Block]:
        return [
            section(Mrkdwn(f"*{escape(self.account)}* leaves.")),
            select_input("type", "Why they leave", TYPES, initial=self.type),
            text_input(
                "evidence",
                "What shows it",
                initial=self.evidence,
                lines=True,
                hint="Names, days, figures, their own words. Customers never see it.",
                most=EVIDENCE_MOST,
            ),
            date_input("notice_on", "They said so on", initial=self.today),
            date_input("effective_on", "They leave on", initial=self.effective_on),
            select_input("avoidable", "Was it avoidable?", AVOIDABLE, initial="unknown"),
            date_input("win_back_on", "Ask them back on", optional=True),
        ]

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id}


@dataclass(frozen=True, kw_only=True)
class Closed:
    """What ended with it: how many of each, and the day of the renewal that is lost."""

    renewal_on: date | None = None
    tasks: int = 0
    playbooks: int = 0
    touches: int = 0
    onboarding: bool = False

    def parts(self) -> list[str]:
        told = [
            (self.renewal_on is not None, f"the renewal of {day(self.renewal_on or date.min)}"),
            (self.tasks > 0, plural(self.tasks, "task")),
            (self.playbooks > 0, plural(self.playbooks, "playbook")),
            (self.touches > 0, f"{plural(self.touches, 'message')} not sent"),
            (self.onboarding, "onboarding"),
        ]
        return [words for holds, words in told if holds]


@dataclass(frozen=True, kw_only=True)
class MeetingLeft:
    title: str
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class ChurnCard(Message):
    """`by` recorded it `ago`; `closed` is what this press has ended, None on a later look.

    `left` says that the effective day has come; `again` that somebody had recorded it before.
    `may_act`: the reader may take it back.
    """

    name = "churn_card"

    churn_id: int
    account: str
    type: str
    evidence: str
    notice_on: date
    effective_on: date
    left: bool
    avoidable: bool | None
    win_back_on: date | None
    arr: Money | None
    by: Person
    ago: str
    again: bool
    closed: Closed | None
    meetings: tuple[MeetingLeft, ...]
    wrote: str | None
    may_act: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            churn_id=3,
            account="Quietwater Freight",
            type="competitor",
            evidence="They signed with Rival on 12 Nov for its customs module.",
            notice_on=date(2026, 11, 20),
            effective_on=date(2027, 1, 31),
            left=False,
            avoidable=True,
            win_back_on=date(2027, 7, 1),
            arr=Money(Decimal(120_000)),
            by=Person("Dana Reyes", "U_DANA"),
            ago="just now",
            again=False,
            closed=Closed(renewal_on=date(2027, 1, 10), tasks=3, playbooks=1, onboarding=True),
            meetings=(MeetingLeft(title="QBR", starts_at=datetime(2026, 12, 3, 9, tzinfo=UTC)),),
            wrote="quietwatter",
            may_act=True,
        )

    def controls(self) -> list[Control]:
        if not self.may_act:
            return []
        hears, name = f"{self.account} stays after all", clip(" ".join(self.account.split()), 60)
        asked = Confirm(
            title="They stay after all?",
            text=f"{name} is a customer again as before, and whoever was told that they leave "
            "is told that they stay. What was stopped stays stopped.",
            yes="They Stay",
        )
        value = str(self.churn_id)
        return [Button("They Stay", Action.CHURN_STAY, value, hears=hears, confirm=asked)]


@dataclass(frozen=True, kw_only=True)
class ChurnWithdrawn(Message):
    """`already`: `by` had taken it back `ago`, and nothing was changed now.

    `lifecycle` is the stage that the account is in again, where it had left.
    """

    name = "churn_withdrawn"

    account_id: int
    account: str
    lifecycle: str | None
    renewal_on: date | None
    tasks: int
    by: str
    ago: str
    already: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            lifecycle="adoption",
            renewal_on=date(2027, 1, 10),
            tasks=3,
            by="you",
            ago="just now",
            already=False,
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]
