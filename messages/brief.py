"""How a brief reads: all that matters of one customer, to hand over or to review with them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple, Self

from messages.accounts import ALERTS, AlertLine, ContactLine, MeetingDue, Support, TaskDue
from messages.billing import BillingLine
from messages.blocks import Block, Button, Control, actions, context, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.onboarding_requirements import EXAMPLE, Wanted
from messages.pieces import pieces
from messages.text import Money, Person
from messages.timeline import Happened

SECTIONS = 10
# What there is to talk about in a business review, by what the facts speak for.
AGENDA = {
    "value": "What was reached: {}",
    "success": "What success is, in their words: {}",
    "no_success": "Agree on what success is: nobody has written it down",
    "less": "{} is used less: what stands in the way?",
    "more": "{} is used more: what for, and who else could?",
    "complaint": "What has come of what {} said",
    "tickets": "When {} will be solved",
    "renewal": "The contract's end on {}, and what comes next",
}


class Dated(NamedTuple):
    name: str
    at: datetime


class Amount(NamedTuple):
    """Of the last 28 days, and of the 28 before."""

    what: str
    now: int
    before: int

    @property
    def change(self) -> int | None:
        """In per cent."""
        return round(100 * (self.now - self.before) / self.before) if self.before else None

    @property
    def told(self) -> str:
        if self.change is None:
            return f"{self.now:,} (none before)"
        way = "up" if self.change > 0 else "down"
        moved = f"{way} {abs(self.change)} %" if self.change else "as much as before"
        return f"{self.now:,} ({moved})"


class Voice(NamedTuple):
    """What somebody answered: “NPS 2”, who, what they wrote."""

    score: str
    who: str | None
    comment: str | None
    at: datetime


class Point(NamedTuple):
    """One thing to talk about: a key of AGENDA, and what about."""

    kind: str
    about: str = ""

    @property
    def words(self) -> str:
        return AGENDA[self.kind].format(self.about)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """`features` are counted in `unit`."""

    totals: tuple[Amount, ...]
    features: tuple[Amount, ...]
    unit: str
    last_login: str | None


USED = Usage(
    totals=(Amount("Logins", 40, 52), Amount("people", 9, 11)),
    features=(Amount("Shipments", 200, 400), Amount("Reports", 80, 0)),
    unit="minutes",
    last_login="3 days ago",
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A renewal that is open; `signal` is what the account's data speak for.

    `near` is within its windows: before them nobody expects a next step.
    """

    category: str
    next_step: str | None
    signal: str | None
    risk: bool
    near: bool


@dataclass(frozen=True, kw_only=True)
class AccountBrief(Message):
    """None is not known, or not for this reader: `amounts` says which it is of money.

    `kept` is the copy in somebody's direct messages.
    """

    name = "account_brief"

    account_id: int
    account: str
    review: bool
    amounts: bool
    owner: Person | None
    people: tuple[tuple[str, str], ...]
    contacts: tuple[ContactLine, ...]
    segment: str | None
    plan: str | None
    lifecycle: str
    stage: str | None
    arr: Money | None
    mrr_then: Money | None
    mrr_now: Money | None
    since: date | None
    months: int
    renews_on: date | None
    days_left: int | None
    leaves_on: date | None
    renewal: Standing | None
    wanted: Wanted | None
    first_value: Dated | None
    value_days: int | None
    milestones: tuple[Dated, ...]
    goals: tuple[Dated, ...]
    praise: tuple[Voice, ...]
    usage: Usage | None
    health: int | None
    health_status: str | None
    health_reason: str | None
    health_then: int | None
    alerts: tuple[AlertLine, ...]
    tasks: tuple[TaskDue, ...]
    complaints: tuple[Voice, ...]
    support: Support | None
    billing: BillingLine | None
    changes: tuple[Happened, ...]
    written: tuple[Happened, ...]
    meetings: tuple[MeetingDue, ...]
    wrote: str | None
    as_of: datetime
    agenda: tuple[Point, ...] = ()
    kept: bool = False

    @classmethod
    def example(cls) -> Self:
        at = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
        return cls(
            account_id=1, account="Quietwater Freight", review=True, amounts=True,
            owner=Person("Dana Reyes", "U_DANA"), people=(("Account executive", "Lee Park"),),
            contacts=(ContactLine(name="Ann Lee", role="champion"),), segment="enterprise",
            plan="Growth", lifecycle="adoption", stage=None, arr=Money(Decimal(120_000)),
            mrr_then=Money(Decimal(9_000)), mrr_now=Money(Decimal(10_000)),
            since=date(2025, 1, 10), months=12, renews_on=date(2027, 1, 10), days_left=50,
            leaves_on=None,
            renewal=Standing(category="probable", next_step="Call Ann", signal="at risk",
                             risk=True, near=True),
            wanted=EXAMPLE, first_value=Dated("First report sent", at), value_days=12,
            milestones=(Dated("Ten parcels tracked", at),),
            goals=(Dated("A customer who has gone quiet", at),),
            praise=(Voice("NPS 9 of 10", "Max Ito", "Saves us an hour a day", at),),
            usage=USED, health=41, health_status="Struggling",
            health_reason="logins stopped after ticket 4411", health_then=63,
            alerts=(AlertLine(severity="Critical", what=ALERTS["inactive"], state="open", days=9),),
            tasks=(TaskDue(title="Call legal", due_on=date(2026, 11, 20), late=1),),
            complaints=(Voice("NPS 2 of 10", "Gus Hill", "Too slow", at),),
            support=Support(open=2, urgent=1, oldest_days=10, mood="low", answered_in=2.5),
            billing=BillingLine(mrr=None, failed_ago=3),
            changes=(
                Happened(at=at, what="Owner changed from Lee Park to Dana Reyes", by="Priya Nair"),
            ),
            written=(Happened(at=at, what="Max decides, Ann signs", by="Dana Reyes"),),
            meetings=(MeetingDue(title="Success session", starts_at=at),),
            agenda=(Point("value", "First report sent"), Point("less", "Shipments")),
            wrote="quietwatter", as_of=at,
        )  # fmt: skip

    def question(self) -> str:
        kind = "qbr" if self.review else "handover"
        return f"brief:{self.account_id}:{kind}"

    def with_agenda(self, points: tuple[Point, ...]) -> Self:
        return replace(self, agenda=points)

    def lasting(self) -> Self:
        """The copy that is kept."""
        return replace(self, kept=True)

    def layout(self, parts: Parts) -> list[Block]:
        texts = [text for text in pieces(parts.body, SECTIONS) if text]
        shown = [section(f"*{parts.summary}*"), *[section(text) for text in texts]]
        return [*shown, context(parts.context), actions(self.controls())]

    def controls(self) -> list[Control]:
        id, kind = str(self.account_id), "qbr" if self.review else "handover"
        keep = [] if self.kept else [Button("Keep", Action.BRIEF_KEEP, f"{id}:{kind}")]
        return [Button("Open Account", Action.ACCOUNT_OPEN, id), *keep]
