"""How an account reads: its card, and one person's book of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Self

from messages.billing import BillingLine
from messages.blocks import (
    Block,
    Button,
    Control,
    Menu,
    Option,
    Overflow,
    actions,
    context,
    section,
)
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Money, Person
from messages.waiting import Waiting

ALERTS = {
    "inactive": "nobody has logged in",
    "feedback": "unhappy feedback without an answer",
    "task": "a task is due",
    "meeting_tomorrow": "a meeting tomorrow",
    "meeting_soon": "a meeting soon",
    "renewal": "a renewal without a next step",
    "payment_failed": "a payment has failed",
    "unowned": "no owner",
    "playbook": "a playbook asks for something",
}


@dataclass(frozen=True, kw_only=True)
class AlertLine:
    severity: str
    what: str
    state: str
    days: int


@dataclass(frozen=True, kw_only=True)
class TaskDue:
    """`late` in days, negative before the day."""

    title: str
    due_on: date
    late: int


@dataclass(frozen=True, kw_only=True)
class MeetingDue:
    title: str
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class LastCheckIn:
    at: datetime
    by: str | None
    note: str
    next_step: str | None


@dataclass(frozen=True, kw_only=True)
class Support:
    """Tickets that are open; `mood` is of what the customer wrote lately: low, even or good.

    `answered_in` is how many hours the first answer usually takes.
    """

    open: int
    urgent: int
    oldest_days: int
    mood: str | None
    answered_in: float | None = None


@dataclass(frozen=True, kw_only=True)
class ContactLine:
    name: str
    role: str | None


@dataclass(frozen=True, kw_only=True)
class UsageLine:
    """Minutes or events of 28 days; `change` in per cent of the 28 before, None without any."""

    amount: int
    unit: str
    change: int | None
    last_login: str | None


@dataclass(frozen=True, kw_only=True)
class AccountCard(Message):
    """`health_change` is against a week ago; `wrote` what was typed when it was not the name.

    `leaves_on` is from when it is no customer any more, if anybody has recorded that.

    Who may only look gets nothing to press but the timeline.
    """

    name = "account_card"

    account_id: int
    account: str
    owner: Person | None
    arr: Money | None
    segment: str | None
    plan: str | None
    process: str
    lifecycle: str
    stage: str | None
    health: int | None
    health_status: str | None
    health_change: int | None
    health_reason: str | None
    why_bought: str | None
    intended_use: str | None
    renews_on: date | None
    days_left: int | None
    leaves_on: date | None
    alerts: tuple[AlertLine, ...]
    tasks: tuple[TaskDue, ...]
    meeting: MeetingDue | None
    checkin: LastCheckIn | None
    support: Support | None
    billing: BillingLine | None
    contacts: tuple[ContactLine, ...]
    tags: tuple[str, ...]
    usage: UsageLine | None
    wrote: str | None
    may_act: bool
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        at = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
        return cls(
            account_id=1,
            account="Quietwater Freight",
            owner=Person("Dana Reyes", "U_DANA"),
            arr=Money(Decimal(120_000)),
            segment="enterprise",
            plan="Growth",
            process="enterprise",
            lifecycle="adoption",
            stage="Second onboarding meeting",
            health=41,
            health_status="Struggling",
            health_change=-22,
            health_reason="logins stopped after ticket 4411",
            why_bought="Nobody knew where a parcel was",
            intended_use="Dispatch plans the day with it",
            renews_on=date(2027, 1, 10),
            days_left=50,
            leaves_on=None,
            alerts=(AlertLine(severity="Critical", what=ALERTS["inactive"], state="open", days=9),),
            tasks=(TaskDue(title="Call legal", due_on=date(2026, 11, 20), late=1),),
            meeting=MeetingDue(title="Success session", starts_at=at),
            checkin=LastCheckIn(at=at, by="Dana Reyes", note="Ann is on leave", next_step=None),
            support=Support(open=2, urgent=1, oldest_days=3, mood="low", answered_in=2.5),
            billing=BillingLine(mrr=Money(Decimal(10_000)), failed_ago=3),
            contacts=(
                ContactLine(name="Ann Lee", role="champion"),
                ContactLine(name="Max Ito", role="decision maker"),
            ),
            tags=("Struggling", "beta"),
            usage=UsageLine(amount=312, unit="minute", change=-34, last_login="3 days ago"),
            wrote="quietwatter",
            may_act=True,
            as_of=at,
        )

    def question(self) -> str:
        return f"account:{self.account_id}"

    def layout(self, parts: Parts) -> list[Block]:
        facts, work, people = pieces(parts.body, 3)
        texts = [f"*{parts.summary}*", facts, work, people]
        shown = [section(text) for text in texts if text]
        return [*shown, context(parts.context), actions(self.controls())]

    def controls(self) -> list[Control]:
        id = str(self.account_id)
        more = [
            Option("Timeline", f"timeline:{id}"),
            Option("Assign…", f"assign:{id}"),
            Option("Set Health…", f"health:{id}"),
            # A menu holds five with Keep: who is in no stage has none to advance.
            Option("Advance Stage", f"stage:{id}")
            if self.stage
            else Option("Follow in a Channel…", f"follow:{id}"),
        ]
        if not self.may_act:
            return [Button("Show Timeline", Action.ACCOUNT_MORE, f"timeline:{id}")]
        return [
            Button("Log Check-In", Action.ACCOUNT_CHECKIN, id, "primary"),
            Button("Create Task", Action.ACCOUNT_TASK, id),
            Overflow(Action.ACCOUNT_MORE, more),
        ]


@dataclass(frozen=True, kw_only=True)
class BookLine:
    account_id: int
    account: str
    arr: Money | None
    health: int | None
    health_status: str | None
    renews_on: date | None
    days_left: int | None
    leaves_on: date | None
    alerts: int
    critical: int


@dataclass(frozen=True, kw_only=True)
class AccountBook(Message):
    """One person's accounts, or everybody's, the riskiest first; totals are of all, lines of this
    page. `code` is the choice that its pages share; `asks`: only somebody else can give them any.
    """

    name = "account_book"

    owner: str | None
    mine: bool
    segments: tuple[str, ...] = ()
    count: int
    totals: tuple[Money, ...]
    alerts: Waiting
    struggling: int
    lines: tuple[BookLine, ...]
    page: int
    pages: int
    code: str
    asks: bool = False
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        return cls(
            owner="Dana Reyes",
            mine=True,
            count=14,
            totals=(Money(Decimal(734_000)), Money(Decimal(48_000), "EUR")),
            alerts=Waiting(3),
            struggling=2,
            lines=(
                BookLine(
                    account_id=1,
                    account="Quietwater Freight",
                    arr=Money(Decimal(120_000)),
                    health=41,
                    health_status="Struggling",
                    renews_on=date(2027, 1, 10),
                    days_left=50,
                    leaves_on=None,
                    alerts=2,
                    critical=1,
                ),
            ),
            page=1,
            pages=2,
            code="1",
            as_of=datetime(2026, 11, 21, 9, 12, tzinfo=UTC),
        )

    def question(self) -> str:
        return f"book:{self._at(self.page)}"

    def _at(self, page: int) -> str:
        whose, *keys = self.code.split(":")
        return ":".join((whose, str(page), *keys))

    def layout(self, parts: Parts) -> list[Block]:
        lines = pieces(parts.body, len(self.lines) + 1)[1:]
        groups = [lines[at : at + 4] for at in range(0, len(lines), 4)]
        shown = [section("\n".join(group)) for group in groups]
        controls = self.controls()
        last = [actions(controls)] if controls else []
        return [section(parts.summary), *shown, context(parts.context), *last]

    def controls(self) -> list[Control]:
        choices = [Option(line.account, f"open:{line.account_id}") for line in self.lines]
        menu = Menu(Action.ACCOUNT_MORE, "Open an account", choices)
        more = Button("Show More", Action.ACCOUNT_MY, self._at(self.page + 1))
        return [*([menu] if choices else []), *([more] if self.page < self.pages else [])]
