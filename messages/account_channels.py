"""A channel that follows an account: its pinned header, its topic, and what is said there."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Self

from messages.about import AccountForm
from messages.accounts import MeetingDue
from messages.blocks import Block, Button, Control, actions, context, section
from messages.ids import Action, View
from messages.inputs import channel_input
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Money, Person, clip, one_line
from messages.text import day as day_of

TOPIC_MAX = 240  # Slack takes 250; the rest is for how it counts
TOPIC_MARK = " · owner "  # by which a topic of csbot's is known again


@dataclass(frozen=True, kw_only=True)
class AccountHeader(Message):
    """`cover` stands in for the owner, who is away; `touched_at` is our last word or meeting.

    `move` is whose move it is; `leaves_on` from when it is no customer any more.
    """

    name = "account_header"

    account_id: int
    account: str
    owner: Person | None
    cover: str | None
    move: str
    arr: Money | None
    renews_on: date | None
    days_left: int | None
    leaves_on: date | None
    health: int | None
    health_status: str | None
    health_reason: str | None
    lifecycle: str
    stage: str | None
    alerts: int
    critical: int
    tasks: int
    overdue: int
    meeting: MeetingDue | None
    touched_at: datetime | None
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        at = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
        return cls(
            account_id=1,
            account="Quietwater Freight",
            owner=Person("Dana Reyes", "U_DANA"),
            cover="Lee Park",
            move="on customer",
            arr=Money(Decimal(120_000)),
            renews_on=date(2027, 1, 10),
            days_left=50,
            leaves_on=None,
            health=41,
            health_status="Struggling",
            health_reason="logins stopped after ticket 4411",
            lifecycle="onboarding",
            stage="Second onboarding meeting",
            alerts=2,
            critical=1,
            tasks=3,
            overdue=1,
            meeting=MeetingDue(title="Success session", starts_at=at),
            touched_at=at,
            as_of=at,
        )

    def layout(self, parts: Parts) -> list[Block]:
        texts = [f"*{parts.summary}*", *pieces(parts.body, 2)]
        shown = [section(text) for text in texts if text]
        return [*shown, context(parts.context), actions(self.controls())]

    def controls(self) -> list[Control]:
        id = str(self.account_id)
        return [
            Button("Open Account", Action.ACCOUNT_OPEN, id),
            Button("Log Check-In", Action.ACCOUNT_CHECKIN, id),
            Button("Create Task", Action.ACCOUNT_TASK, id),
        ]

    @property
    def topic(self) -> str:
        """The account, and what the topic is set anew for: see `topic_facts`."""
        room = TOPIC_MAX - len(self.topic_facts)
        return f"{one_line(self.account, room)}{self.topic_facts}"

    @property
    def topic_facts(self) -> str:
        """Owner, stage and renewal date: Slack posts a line whenever a topic is set."""
        owner = one_line(self.owner.name, 40) if self.owner else "nobody"
        stage = one_line((self.stage or self.lifecycle).replace("_", " "), 60)
        renewal = f" · renews {day_of(self.renews_on)}" if self.renews_on else ""
        return clip(f"{TOPIC_MARK}{owner} · {stage}{renewal}", TOPIC_MAX)


@dataclass(frozen=True, kw_only=True)
class FollowForm(AccountForm):
    view = View.FOLLOW
    title = "Follow in a Channel"
    submit = "Follow Account"

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Quietwater Freight")

    def blocks(self) -> list[Block]:
        hint = "A public channel that csbot is in. In a private one, type /cs follow there."
        return [self.about(), channel_input("channel", "Channel", hint=hint)]


@dataclass(frozen=True, kw_only=True)
class ChannelNeutral(Message):
    """What is left of a header where csbot keeps nothing any more; it names nobody."""

    name = "channel_neutral"

    shared: bool

    @classmethod
    def example(cls) -> Self:
        return cls(shared=True)


@dataclass(frozen=True, kw_only=True)
class HeaderRemade(Message):
    """Said under a header that somebody deleted, or only unpinned, and that stands again."""

    name = "header_remade"

    deleted: bool
    account: str

    @classmethod
    def example(cls) -> Self:
        return cls(deleted=True, account="Quietwater Freight")


@dataclass(frozen=True, kw_only=True)
class AccountNews(Message):
    """One thing that has changed for good, told once; `by` is empty when csbot did it itself."""

    name = "account_news"

    account: str
    what: str
    by: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(account="Quietwater Freight", what="Renewal won", by="Dana Reyes")
