"""How it reads to be asked how a meeting went: the question, its forms, the record it becomes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from messages.blocks import Block, Button, Control, actions, context, section
from messages.checkins import SENTIMENTS
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import date_input, moment_input, select_input, text_input
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Mrkdwn, clip, one_line

ENDED = datetime(2026, 11, 23, 10, 45, tzinfo=UTC)
RECORD_MAX = 900


@dataclass(frozen=True, kw_only=True)
class DebriefRow:
    """A meeting that is over; `state` is attended, no_show, cancelled, moved or not said yet."""

    meeting_id: int
    title: str
    account: str
    ended_at: datetime
    state: str | None = None
    moved_to: datetime | None = None
    note: str | None = None
    next_step: str | None = None
    next_step_on: date | None = None

    def controls(self) -> list[Control]:
        value, what = str(self.meeting_id), f"{self.title} with {self.account}"
        return [
            Button("Happened…", Action.DEBRIEF_HAPPENED, value, hears=f"It happened: {what}"),
            Button("No-Show", Action.DEBRIEF_NO_SHOW, value, hears=f"Nobody came: {what}"),
            Button("Moved…", Action.DEBRIEF_MOVED, value, hears=f"It was moved: {what}"),
        ]

    def buttons(self, stage: object) -> Block:
        """`stage` tells a copy of the message from a later one."""
        return actions(self.controls(), block_id=f"debrief:{self.meeting_id}:{stage}")


@dataclass(frozen=True, kw_only=True)
class MeetingDebrief(Message):
    name = "meeting_debrief"

    rows: tuple[DebriefRow, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            rows=(
                DebriefRow(
                    meeting_id=7, title="Success session", account="Globex", ended_at=ENDED,
                    state="attended", note="The rollout is on track",
                    next_step="Send the training plan", next_step_on=date(2026, 12, 2),
                ),
                DebriefRow(meeting_id=8, title="QBR", account="Acme", ended_at=ENDED),
            )
        )  # fmt: skip

    @property
    def is_settled(self) -> bool:
        return all(row.state for row in self.rows)

    def layout(self, parts: Parts) -> list[Block]:
        blocks = [section(Mrkdwn(f"*{parts.summary}*"))]
        left = sum(row.state is None for row in self.rows)
        for row, words in zip(self.rows, pieces(parts.body, len(self.rows)), strict=True):
            if words:
                blocks.append(section(clip(words, RECORD_MAX)))
            if row.state is None:
                blocks.append(row.buttons(left))
        return blocks


@dataclass(frozen=True, kw_only=True)
class DebriefForm(Form):
    """Four fields that make an outcome, a check-in and a task of a meeting."""

    view = View.DEBRIEF
    title = "How It Went"
    submit = "Log Meeting"

    meeting_id: int
    what: str
    account: str
    planned: str
    next_step: str
    next_step_on: date

    @classmethod
    def example(cls) -> Self:
        return cls(
            meeting_id=7, what="Success session", account="Globex", planned="Rollout, ticket 4411",
            next_step="Send the training plan", next_step_on=date(2026, 12, 2),
        )  # fmt: skip

    def blocks(self) -> list[Block]:
        planned = one_line(self.planned, 300)
        return [
            section(Mrkdwn(f"{one_line(self.what, 80)} with {one_line(self.account, 60)}")),
            *([context(Mrkdwn(f"Planned: {planned}"))] if planned else []),
            select_input("sentiment", "How it went", SENTIMENTS),
            text_input("note", "What was said", lines=True),
            text_input(
                "next_step", "Next step", optional=True, initial=self.next_step, most=300,
                hint="Becomes a task of yours.",
            ),
            date_input("next_step_on", "Next step by", initial=self.next_step_on),
        ]  # fmt: skip

    def remember(self) -> dict[str, Any]:
        return {"meeting_id": self.meeting_id}


@dataclass(frozen=True, kw_only=True)
class MeetingMovedForm(Form):
    view = View.DEBRIEF_MOVED
    title = "Moved"
    submit = "Move Meeting"

    meeting_id: int
    what: str
    account: str
    starts_at: datetime

    @classmethod
    def example(cls) -> Self:
        return cls(meeting_id=7, what="Success session", account="Globex", starts_at=ENDED)

    def blocks(self) -> list[Block]:
        return [
            section(Mrkdwn(f"{one_line(self.what, 80)} with {one_line(self.account, 60)}")),
            moment_input("starts_at", "Starts now at", initial=self.starts_at),
        ]

    def remember(self) -> dict[str, Any]:
        return {"meeting_id": self.meeting_id}
