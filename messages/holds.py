"""What admins read of alerts that are held back, and the list of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from messages.accounts import ALERTS
from messages.alert_card import MARKS, WORDS
from messages.blocks import Block, Button, Confirm, Control, actions, context, section
from messages.form import Form
from messages.ids import Action, View
from messages.message import Message, Parts
from messages.text import Mrkdwn, Person, one_line, plural

DROP = Confirm(
    "Drop these alerts?",
    "Nobody hears of them while they stay true. What goes away and comes back is told again.",
    "Drop",
)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What is likely behind a flood: silent (a source, since `last`), holiday, or same_day."""

    kind: str
    source: str = ""
    last: datetime | None = None
    countries: tuple[str, ...] = ()
    day: date | None = None
    percent: int = 0


@dataclass(frozen=True, kw_only=True)
class HoldNotice(Message):
    """`reason` is start or flood; then `playbook` is its title, `usual` what a run opens at most.

    `ended` is released, dropped, known or gone. `accounts` are those with the most at stake.
    """

    name = "hold_notice"

    hold_id: int
    reason: str
    playbook: str = ""
    alerts: int
    people: int
    critical: int
    unowned: int
    usual: int | None = None
    accounts: tuple[str, ...] = ()
    cause: Cause | None = None
    waits_until: datetime | None = None
    ended: str | None = None
    ended_at: datetime | None = None
    by: Person | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            hold_id=3, reason="start", alerts=41, people=5, critical=6, unowned=12,
            accounts=("Quietwater Freight", "Globex", "Initech"),
        )  # fmt: skip

    def controls(self) -> list[Control]:
        if self.ended:
            return []
        value = str(self.hold_id)
        if self.reason == "start":
            return [
                Button("Go Live", Action.HOLD_RELEASE, value, "primary"),
                Button("Start from Today", Action.HOLD_KNOWN, value),
                Button("Show…", Action.HOLD_SHOW, value),
            ]
        made: list[Control] = [
            Button("Release", Action.HOLD_RELEASE, value, "primary"),
            Button("Drop", Action.HOLD_DROP, value, confirm=DROP),
        ]
        wait = Button("Wait", Action.HOLD_WAIT, value)
        show = Button("Show…", Action.HOLD_SHOW, value)
        return [*made, show if self.waits_until else wait]

    def layout(self, parts: Parts) -> list[Block]:
        text = "\n".join(part for part in (f"*{parts.summary}*", parts.body) if part)
        made = [section(text)]
        made += [actions(self.controls())] if self.controls() else []
        return [*made, context(parts.context)] if parts.context else made


@dataclass(frozen=True, kw_only=True)
class HeldLine:
    severity: str
    kind: str
    account: str
    owner: str | None

    def text(self) -> Mrkdwn:
        owner = one_line(self.owner, 40) if self.owner else "nobody's"
        what = ALERTS.get(self.kind, self.kind)
        mark, word = MARKS[self.severity], WORDS[self.severity]
        return Mrkdwn(f"{mark} *{word}:* {one_line(self.account, 80)} · {what} · {owner}")


@dataclass(frozen=True, kw_only=True)
class HeldList(Form):
    """The worst first; `alerts` is how many there are in all."""

    view = View.HOLD_LIST
    title = "Held Back"

    alerts: int
    lines: tuple[HeldLine, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            alerts=41,
            lines=(
                HeldLine(
                    severity="critical", kind="inactive", account="Quietwater Freight",
                    owner="Dana Reyes",
                ),
                HeldLine(severity="soon", kind="unowned", account="Globex", owner=None),
            ),
        )  # fmt: skip

    def blocks(self) -> list[Block]:
        if not self.lines:
            return [section("Nothing of this is held any more.")]
        verb = "is" if self.alerts == 1 else "are"
        made = [section(f"*{plural(self.alerts, 'alert')} {verb} held back, the worst first*")]
        for start in range(0, len(self.lines), 5):
            made.append(section("\n".join(x.text() for x in self.lines[start : start + 5])))
        more = self.alerts - len(self.lines)
        return [*made, context(f"and {more:,} more")] if more > 0 else made

    def remember(self) -> dict[str, Any]:
        return {}
