"""What those who answer for playbooks read of their alerts."""

from dataclasses import dataclass, field
from typing import Self

from messages.alert_card import one_line
from messages.blocks import Block, Button, Control, actions, context, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.text import Mrkdwn, Person, clip, escape, listed, plural

MOST = 20  # playbooks spelled out
REASONS = {
    "wrong": "wrong",
    "known": "known already",
    "early": "too early",
    "late": "too late",
    "not_mine": "not theirs",
}


@dataclass(frozen=True, kw_only=True)
class ThresholdWished(Message):
    """`now` is what the parameter is; of `fired` alerts in 90 days `hidden` had not been there."""

    name = "threshold_wished"
    by: Person
    playbook: str
    file: str
    parameter: str
    value: str
    now: int
    fired: int
    hidden: int

    @classmethod
    def example(cls) -> Self:
        return cls(
            by=Person("Lee Wong", "U0LEE"), playbook="Users who stay away", file="inactive-users",
            parameter="days", value="10", now=7, fired=14, hidden=5,
        )  # fmt: skip


@dataclass(frozen=True)
class Week:
    """One playbook's week: of `fired`, `acted` were acted on within a day.

    Of `judged` alerts in 90 days `real` were useful, by the interval from `low` to `high` per
    cent; `reasons` counts what people said of the others.
    """

    title: str
    fired: int
    acted: int
    judged: int = 0
    real: int = 0
    low: int = 0
    high: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlaybookWeek(Message):
    """Once a week for each person who answers for playbooks; `until` is its last day.

    Of `promised` things that taking alerts promised to this week, `kept` were.
    """

    name = "playbook_week"
    playbooks: tuple[Week, ...]
    fired: int
    acted: int
    until: str
    kept: int = 0
    promised: int = 0

    def layout(self, parts: Parts) -> list[Block]:
        told = [one for one in self.playbooks if one.fired or one.judged]
        lines = [_week(one) for one in told[:MOST]]
        more = len(told) - MOST
        if more > 0:
            lines.append(Mrkdwn(f"and {more} more"))
        if silent := [one.title for one in self.playbooks if not (one.fired or one.judged)]:
            lines.append(_silent(silent))
        if parts.body:
            lines.append(Mrkdwn(parts.body))
        said = [section(f"*{parts.summary}*"), *(section(line) for line in lines)]
        return [*said, context(parts.context)]

    @classmethod
    def example(cls) -> Self:
        return cls(
            playbooks=(
                Week("Users who stay away", 12, 9, 24, 16, 47, 82, (("known", 5), ("wrong", 3))),
                Week("Tasks that fall due", 29, 21),
            ),
            fired=41, acted=30, until="22 Nov", kept=9, promised=12,
        )  # fmt: skip


def _silent(titles: list[str]) -> Mrkdwn:
    names = listed([clip(one_line(title), 60) for title in titles[:MOST]])
    more = len(titles) - MOST
    return Mrkdwn(f"*Silent:* {escape(names)}{f', and {more} more' if more > 0 else ''}")


def _week(one: Week) -> Mrkdwn:
    told = f"*{escape(clip(one_line(one.title), 100))}*\n"
    if not one.fired:
        return Mrkdwn(f"{told}did not fire. {_judged(one)}")
    return Mrkdwn(
        f"{told}fired {plural(one.fired, 'time')}, {one.acted} acted on within a day. "
        f"{_judged(one)}"
    )


def _judged(one: Week) -> str:
    if not one.judged:
        return "Nobody has judged one in 90 days."
    share = f"{one.real} of {one.judged} judged in 90 days were useful"
    said = f"{share}: between {one.low} % and {one.high} %."
    return f"{said} Of the others: {reasons(one.reasons)}." if one.reasons else said


def reasons(counted: tuple[tuple[str, int], ...]) -> str:
    """5 known already and 3 wrong."""
    return listed([f"{count} {REASONS.get(verdict, 'of no use')}" for verdict, count in counted])


@dataclass(frozen=True, kw_only=True)
class PlaybookDoubted(Message):
    """Fewer than half of its alerts were useful: a question, until somebody has `decided`."""

    name = "playbook_doubted"
    playbook: str
    file: str
    week: Week
    decided: str | None = None
    by: Person | None = None
    reasons: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reasons", reasons(self.week.reasons))

    def layout(self, parts: Parts) -> list[Block]:
        text = "\n".join(part for part in (f"*{parts.summary}*", parts.body) if part)
        made = [section(text)]
        return [*made, actions(self.controls())] if self.controls() else made

    def controls(self) -> list[Control]:
        if self.decided:
            return []
        return [
            Button("Switch Off", Action.PLAYBOOK_OFF, self.file),
            Button("Keep It On", Action.PLAYBOOK_KEEP, self.file),
        ]

    @classmethod
    def example(cls) -> Self:
        return cls(
            playbook="Users who stay away", file="inactive-users",
            week=Week("Users who stay away", 12, 3, 24, 8, 18, 53, (("known", 9), ("wrong", 7))),
        )  # fmt: skip


__all__ = ["PlaybookDoubted", "PlaybookWeek", "ThresholdWished", "Week", "reasons"]
