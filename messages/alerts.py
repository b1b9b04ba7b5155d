"""How alerts read: one card for each kind."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from messages.alert_card import AlertCard, one_line
from messages.text import Money, Person, clip, day_in, plural, short_money

SENT = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)  # when the examples are
STAKE: dict[str, Any] = {
    "account": "Quietwater Freight",
    "owner": Person("Dana Reyes", "U0DANA"),
    "asked": (Person("Dana Reyes", "U0DANA"),),
    "since": SENT - timedelta(days=9),
    "arr": Money(Decimal(120_000)),
    "renews_on": date(2027, 1, 12),
    "renews_in": 50,
    "health": 41,
    "health_change": -22,
    "segment": "enterprise",
    "stage": "adoption",
}
MEETING: dict[str, Any] = {
    "title": "Success session",
    "starts_at": SENT + timedelta(hours=26),
    "attendees": ("Ann Lee", "Max Orr"),
    "agenda": "Rollout, ticket 4411",
    "objectives": "Agree on the training plan",
}


@dataclass(frozen=True)
class Quiet:
    """Somebody at the customer who stays away, for `days`."""

    name: str
    role: str | None
    last: datetime
    days: int


@dataclass(frozen=True, kw_only=True)
class AlertInactive(AlertCard):
    """`inactive` of `known` people who used to log in have not for at least `threshold` days."""

    name = "alert_inactive"
    inactive: int
    known: int
    days: int
    threshold: int
    people: tuple[Quiet, ...] = ()

    def short(self) -> str:
        if self.inactive == self.known:
            return f"nobody for {plural(self.days, 'day')}"
        return f"{self.inactive} of {self.known} people quiet"

    def rule(self) -> str:
        last = f"the last login was {plural(self.days, 'day')} ago"
        return f"{self.inactive} of {self.known} people who used to log in stay away; {last}."

    @classmethod
    def example(cls) -> Self:
        return cls(
            **STAKE, alert_id=7, version=1, severity="critical", inactive=5, known=5, days=9,
            threshold=7, people=(Quiet("Ann Lee", "champion", SENT - timedelta(days=9), 9),
                                 Quiet("Max Orr", "decision maker", SENT - timedelta(days=12), 12)),
            playbook="Users who stay away", like=(9, 14),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AlertFeedback(AlertCard):
    """`scale` is nps, csat or happiness; `out_of` its best score."""

    name = "alert_feedback"
    SINCE = False
    scale: str
    score: int
    out_of: int
    who: str | None = None
    role: str | None = None
    comment: str | None = None

    def short(self) -> str:
        return f"{self.score} of {self.out_of}"

    def rule(self) -> str:
        return f"{self.scale.upper()} of {self.score} out of {self.out_of}, not answered yet."

    @classmethod
    def example(cls) -> Self:
        return cls(
            **STAKE, alert_id=8, version=1, severity="critical", scale="nps", score=2, out_of=10,
            who="Gus Hall", role="decision maker", comment="Support takes days to answer.",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AlertTask(AlertCard):
    """`days` until it is due, negative when it is overdue."""

    name = "alert_task"
    DONE_HERE = True
    SINCE = False
    task_id: int
    title: str
    priority: str
    due_on: date
    days: int

    def short(self) -> str:
        return f"{clip(one_line(self.title), 40)}, {due(self.days)}"

    def rule(self) -> str:
        day = day_in(self.due_on, self.days)
        return f"Task {self.task_id} of {self.priority} priority, due {day}, is {due(self.days)}."

    @classmethod
    def example(cls) -> Self:
        return cls(
            **STAKE, alert_id=9, version=2, severity="critical", task_id=12, title="Call legal",
            priority="high", due_on=date(2026, 11, 20), days=-3, state="taken",
            taken_by=Person("Dana Reyes", "U0DANA"), taken_at=SENT, undoable=True,
        )  # fmt: skip


def due(days: int) -> str:
    """overdue by 3 days, due today, due tomorrow, due in 2 days."""
    if days < 0:
        return f"overdue by {plural(-days, 'day')}"
    return {0: "due today", 1: "due tomorrow"}.get(days, f"due in {plural(days, 'day')}")


@dataclass(frozen=True, kw_only=True)
class AlertMeetingTomorrow(AlertCard):
    """`day` is tomorrow, or today when the morning has come before the alert went out; it ends with
    the day of the last word where who told of the meeting has fallen silent.
    """

    name = "alert_meeting_tomorrow"
    SINCE = False
    title: str
    starts_at: datetime
    day: str
    attendees: tuple[str, ...] = ()
    agenda: str | None = None
    objectives: str | None = None

    def short(self) -> str:
        return f"{clip(one_line(self.title), 40)}, {self.day}"

    def rule(self) -> str:
        return f"In its organizer's time zone it is {self.day}. It was not cancelled."

    @classmethod
    def example(cls) -> Self:
        return cls(**STAKE, **MEETING, alert_id=10, version=1, severity="info", day="tomorrow")


@dataclass(frozen=True, kw_only=True)
class AlertMeetingSoon(AlertMeetingTomorrow):
    name = "alert_meeting_soon"
    day: str = "within the hour"

    @classmethod
    def example(cls) -> Self:
        return cls(**STAKE, **MEETING, alert_id=11, version=1, severity="soon")


@dataclass(frozen=True, kw_only=True)
class AlertRenewal(AlertCard):
    """`days` until the contract ends, negative when it has."""

    name = "alert_renewal"
    SINCE = False
    due_on: date
    days: int
    amount: Money
    category: str

    def short(self) -> str:
        return f"{short_money(self.amount)}, {due(self.days)}"

    def rule(self) -> str:
        if self.days < 0:
            ago = plural(-self.days, "day")
            return f"It was due {ago} ago, is neither renewed nor lost, and has no next step."
        return f"The renewal is open, {due(self.days)}, and its next step is empty."

    def told(self) -> tuple[object, ...]:
        return self.amount, self.due_on

    @classmethod
    def example(cls) -> Self:
        return cls(
            **STAKE, alert_id=12, version=3, severity="soon", due_on=date(2027, 1, 12), days=50,
            amount=Money(Decimal(120_000)), category="probable", state="snoozed",
            snoozed_by=Person("Dana Reyes", "U0DANA"), snoozed_until=SENT + timedelta(days=2),
            snooze_reason="Max is back on Wednesday",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AlertPaymentFailed(AlertCard):
    """`amount` is owed on `invoices` for `days`; without a next attempt none is planned."""

    name = "alert_payment_failed"
    amount: Money
    invoices: int
    attempts: int
    days: int
    next_attempt_at: datetime | None = None

    def short(self) -> str:
        return f"{short_money(self.amount)}, attempt {max(self.attempts, 1)}"

    def rule(self) -> str:
        tries = plural(max(self.attempts, 1), "attempt")
        owed = plural(self.invoices, "invoice")
        return f"After {tries} to collect it, {owed} failed, and neither paid nor given up."

    @classmethod
    def example(cls) -> Self:
        return cls(
            **STAKE, alert_id=14, version=1, severity="critical", amount=Money(Decimal(10_000)),
            invoices=1, attempts=2, days=3, next_attempt_at=SENT + timedelta(days=3),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AlertUnowned(AlertCard):
    name = "alert_unowned"
    GIVES = "Choose Owner"
    SINCE = False

    def short(self) -> str:
        return short_money(self.arr) + " ARR" if self.arr else "no ARR known"

    def rule(self) -> str:
        return "The account has no owner, or one who has left."

    @classmethod
    def example(cls) -> Self:
        asked = (Person("Priya Shah", "U0PRIYA"),)
        stake = STAKE | {"owner": None, "asked": asked}
        return cls(**stake, alert_id=13, version=1, severity="soon")
