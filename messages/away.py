"""How it reads that somebody is away, and what they find when they are back."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from messages.blocks import Block, Button, Control, actions, context, section
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import date_input, member_input
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Mrkdwn, Person, escape

THURSDAY = datetime(2026, 11, 26, 8, tzinfo=UTC)
TUESDAY = datetime(2026, 12, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class AwayShown(Message):
    """`who` is somebody else than the reader; `stands` is told meanwhile, `cover` was named.

    `begun`: they are away already; `saved` right after a change.
    """

    name = "away_shown"

    absence_id: int
    member_id: int
    who: str | None
    from_day: str
    back_day: str
    begun: bool
    cover: Person | None
    stands: Person | None
    saved: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            absence_id=7,
            member_id=2,
            who=None,
            from_day="Thursday 26 Nov",
            back_day="Tuesday 1 Dec",
            begun=False,
            cover=Person("Lee Park", "U_LEE"),
            stands=Person("Lee Park", "U_LEE"),
            saved=True,
        )

    def controls(self) -> list[Control]:
        over = ("I Am Back" if self.who is None else "End It") if self.begun else "Call It Off"
        return [
            Button("Change…", Action.AWAY_EDIT, f"{self.member_id}:{self.absence_id}"),
            Button(over, Action.AWAY_BACK, f"{self.member_id}:{self.absence_id}"),
        ]


@dataclass(frozen=True, kw_only=True)
class AwayOver(Message):
    """`begun`: they had been away, else it was called off; `who` is somebody else.

    `told`: they were away long enough to be told what happened meanwhile.
    """

    name = "away_over"

    who: str | None
    begun: bool
    told: bool

    @classmethod
    def example(cls) -> Self:
        return cls(who=None, begun=True, told=True)


@dataclass(frozen=True, kw_only=True)
class CoverAsked(Message):
    """To whoever covers; `themselves`: the absent person said it. `over`: no more."""

    name = "cover_asked"

    who: Person
    starts_at: datetime
    back_at: datetime
    by: Person
    themselves: bool
    over: bool = False

    @classmethod
    def example(cls) -> Self:
        return cls(
            who=Person("Dana Reyes", "U_DANA"), starts_at=THURSDAY, back_at=TUESDAY,
            by=Person("Priya Shah", "U_PRIYA"), themselves=False,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AwayForm(Form):
    """`who` is somebody else than the reader; `cover` a Slack id; no `absence_id`: a new one."""

    view = View.AWAY
    title = "Away"
    submit = "Save Absence"

    member_id: int
    who: str | None
    from_on: date
    back_on: date | None = None
    cover: str | None = None
    absence_id: int | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            member_id=2, who="Dana Reyes", from_on=THURSDAY.date(), back_on=TUESDAY.date(),
            cover="U_LEE",
        )  # fmt: skip

    def blocks(self) -> list[Block]:
        whose = [section(Mrkdwn(f"*{escape(self.who)}*"))] if self.who else []
        return [
            *whose,
            date_input("from_on", "Away from", initial=self.from_on),
            date_input("back_on", "First day back", initial=self.back_on),
            member_input(
                "cover", "Who covers", initial=self.cover, optional=True,
                hint="Without a cover it is the manager",
            ),
        ]  # fmt: skip

    def remember(self) -> dict[str, Any]:
        which = {"absence_id": self.absence_id} if self.absence_id is not None else {}
        return {"member_id": self.member_id} | which


@dataclass(frozen=True, kw_only=True)
class Act:
    """What `by` did for an account; `what` is a plain sentence."""

    at: datetime
    account: str
    what: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CatchUp(Message):
    """To whoever was away, once: the newest `acts` of others, and what waits for them now.

    `raised` alerts came meanwhile, of which `closed` are over; `said_by` noted the absence.
    """

    name = "catch_up"

    person: str
    from_day: str
    back_day: str
    said_by: str | None
    acts: tuple[Act, ...]
    more: int
    raised: int
    closed: int
    critical: int
    soon: int
    overdue: int
    today: int

    @classmethod
    def example(cls) -> Self:
        at = THURSDAY + timedelta(hours=3)
        return cls(
            person="Dana",
            from_day="Thursday 26 Nov",
            back_day="Tuesday 1 Dec",
            said_by=None,
            acts=(
                Act(at=at, account="Quietwater Freight", what="Alert acknowledged", by="Lee Park"),
                Act(at=at, account="Globex", what="Task done: Call legal", by="Lee Park"),
            ),
            more=4,
            raised=3,
            closed=2,
            critical=0,
            soon=1,
            overdue=1,
            today=2,
        )

    def layout(self, parts: Parts) -> list[Block]:
        lines = pieces(parts.body, len(self.acts) + 2)
        blocks = [section(f"*{parts.summary}*\n{lines[0]}")]
        told = [line for line in lines[1:-1] if line]
        blocks += [section("\n".join(told[at : at + 5])) for at in range(0, len(told), 5)]
        blocks.append(section(lines[-1]))
        return [*blocks, context(parts.context), actions(self.controls())]

    def controls(self) -> list[Control]:
        return [
            Button("Show What Is Open", Action.DIGEST_SHOW, "open", "primary"),
            Button("Show My Accounts", Action.ACCOUNT_MY, "me"),
        ]
