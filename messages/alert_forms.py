"""The forms behind an alert's menu."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from messages.alert_card import named, one_line
from messages.alert_replies import AlertGroupCard, Member
from messages.alerts import SENT
from messages.blocks import Block, Option, context, section
from messages.form import Form
from messages.ids import View
from messages.inputs import checkbox_input, member_input, moment_input, text_input
from messages.snoozing import PAST, SnoozePast
from messages.text import Mrkdwn, Person, clip, escape

OWNERSHIP = "ownership"


@dataclass(frozen=True, kw_only=True)
class SnoozeForm(Form):
    view = View.SNOOZE
    title = "Snooze"
    submit = "Snooze"

    alert_id: int
    about: Mrkdwn
    until: datetime
    reason: str = ""
    past: SnoozePast

    @classmethod
    def example(cls) -> Self:
        return cls(alert_id=7, about=ABOUT, until=SENT + timedelta(days=1), past=PAST)

    def blocks(self) -> list[Block]:
        return [
            section(self.about),
            context(self.past.said()),
            moment_input("until", "Until", initial=self.until),
            text_input("reason", "Why it can wait", initial=self.reason, most=300),
        ]

    def remember(self) -> dict[str, Any]:
        return {"alert_id": self.alert_id}


@dataclass(frozen=True, kw_only=True)
class ReassignForm(Form):
    """`account` is offered to go along with the alert."""

    view = View.REASSIGN
    title = "Hand Over"
    submit = "Hand Over"

    alert_id: int
    account: str
    about: Mrkdwn
    whole_account: bool = False

    @classmethod
    def example(cls) -> Self:
        return cls(alert_id=7, account="Quietwater Freight", about=ABOUT)

    def blocks(self) -> list[Block]:
        also = Option(f"Also make them the owner of {clip(one_line(self.account), 40)}", OWNERSHIP)
        return [
            section(self.about),
            member_input("to", "Who takes it over"),
            checkbox_input(
                "also", "Account", [also], ticked=[OWNERSHIP] if self.whole_account else []
            ),
            text_input("why", "What they should know", optional=True, most=300),
        ]

    def remember(self) -> dict[str, Any]:
        return {"alert_id": self.alert_id}


@dataclass(frozen=True, kw_only=True)
class GroupList(Form):
    """Every member of a group, as far as a form has room."""

    view = View.GROUP
    title = "All of Them"

    count: int
    members: tuple[Member, ...]

    @classmethod
    def example(cls) -> Self:
        group = AlertGroupCard.example()
        return cls(count=group.count, members=group.members)

    def blocks(self) -> list[Block]:
        made = [section(Mrkdwn(_row(member))) for member in self.members[:90]]
        more = self.count - len(made)
        note = "Choose one from the menu in the message to act on it."
        return [*made, context(f"and {more:,} more. {note}" if more > 0 else note)]


ABOUT = Mrkdwn("Nobody at Quietwater Freight has logged in for 9 days")


def _row(member: Member) -> str:
    owner: Person | None = member.owner
    account = f"*{escape(clip(one_line(member.account), 60))}*"
    return f"{account}, {escape(member.short)} · {named(owner) if owner else 'no owner'}"
