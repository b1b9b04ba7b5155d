"""How a promise reads that taking an alert made: asked after once, moved in a form."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from messages.alert_forms import ABOUT
from messages.alerts import SENT
from messages.blocks import Block, Button, Control, context, section
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import moment_input, text_input
from messages.message import Message
from messages.text import Mrkdwn, Person, instant


@dataclass(frozen=True, kw_only=True)
class PromiseNudge(Message):
    """To whoever took an alert at `since`, or stands in for them, who is `had_by` then.

    At `ends` it is open again, and the `manager`'s.
    """

    name = "promise_nudge"

    alert_id: int
    version: int
    promise_id: int
    account: str
    about: Mrkdwn
    since: datetime
    ends: datetime
    manager: Person | None = None
    had_by: Person | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            alert_id=7, version=2, promise_id=3, account="Quietwater Freight", about=ABOUT,
            since=SENT, ends=SENT + timedelta(days=1), manager=Person("Priya Shah", "U0PRIYA"),
        )  # fmt: skip

    def controls(self) -> list[Control]:
        value = f"{self.alert_id}:{self.version}"
        more = f"{self.alert_id}:{self.promise_id}"
        return [
            Button("Log Check-In", Action.ALERT_CHECKIN, value, "primary"),
            Button("More Time…", Action.PROMISE_MORE, more),
            Button("Hand Over", Action.ALERT_HAND_OVER, value),
        ]


@dataclass(frozen=True, kw_only=True)
class PromiseSettled(Message):
    """What became of what was asked after: `how` is kept, lapsed or void."""

    name = "promise_settled"

    account: str
    how: str

    @classmethod
    def example(cls) -> Self:
        return cls(account="Quietwater Freight", how="kept")


@dataclass(frozen=True, kw_only=True)
class ByWhenForm(Form):
    """Another time for a promise; `now` is the one there is, if any."""

    view = View.BY_WHEN
    title = "By When"
    submit = "Promise"

    alert_id: int
    promise_id: int | None
    about: Mrkdwn
    until: datetime
    now: datetime | None

    @classmethod
    def example(cls) -> Self:
        return cls(alert_id=7, promise_id=3, about=ABOUT, until=SENT + timedelta(days=2), now=SENT)

    def blocks(self) -> list[Block]:
        known = [context(Mrkdwn(f"Promised by {instant(self.now)}."))] if self.now else []
        return [
            section(self.about),
            *known,
            moment_input("until", "By when", initial=self.until),
            text_input(
                "reason", "What it waits for", most=300, placeholder="Ann is back on Thursday"
            ),
        ]

    def remember(self) -> dict[str, Any]:
        return {"alert_id": self.alert_id, "promise_id": self.promise_id}
