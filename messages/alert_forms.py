"""The forms behind an alert's menu."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from messages.alert_card import WORDS, AlertCard, named, one_line, sentence
from messages.alert_replies import AlertGroupCard, Member
from messages.alerts import SENT, AlertInactive
from messages.blocks import Block, Option, context, fields, section
from messages.form import Form
from messages.ids import View
from messages.inputs import checkbox_input, member_input, moment_input, text_input
from messages.text import Money, Mrkdwn, Person, clip, escape, plural, short_money

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

    @classmethod
    def example(cls) -> Self:
        return cls(alert_id=7, about=ABOUT, until=SENT + timedelta(days=1))

    def blocks(self) -> list[Block]:
        return [
            section(self.about),
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


@dataclass(frozen=True)
class Limit:
    """A setting of csbot.toml that had a say; `default` is whether it was left as it comes."""

    name: str
    value: int
    default: bool


@dataclass(frozen=True, kw_only=True)
class WhyThis(Form):
    """`route` says why it went to `channel`; `fired` counts its kind at the account in 90 days."""

    view = View.WHY
    title = "Why This Alert"

    card: AlertCard
    limits: tuple[Limit, ...]
    high_arr: Money
    low_health: int
    channel: str
    route: str
    fired: int

    @classmethod
    def example(cls) -> Self:
        return cls(
            card=AlertInactive.example(),
            limits=(Limit("thresholds.inactive_days", 7, True),),
            high_arr=Money(Decimal(50_000)),
            low_health=50,
            channel="#cs-alerts",
            route="the alerts channel, since neither the account nor its segment has one",
            fired=3,
        )

    def blocks(self) -> list[Block]:
        rows = {
            "What is true": self.card.rule(),
            "Limit": Mrkdwn("; ".join(map(_limit, self.limits)) or "none, it is built in"),
            "How urgent": f"{WORDS[self.card.severity]}. {self._stakes()}",
            "Why here": f"{self.channel}: {self.route}.",
            "How often": f"{plural(self.fired, 'time')} here in 90 days, this one included",
        }
        said = [f"*{title}*\n{_escaped(text, 600)}" for title, text in rows.items()]
        return [section(Mrkdwn(f"*{sentence(self.card)}*")), fields(said)]

    def _stakes(self) -> str:
        arr, health = self.card.arr, self.card.health
        high = arr is not None and arr.amount >= self.high_arr.amount
        limit = short_money(Money(self.high_arr.amount, arr.currency)) if arr else ""
        words = (
            [f"ARR {short_money(arr)} is {'at or over' if high else 'under'} {limit}"]
            if arr
            else []
        )
        if health is not None:
            where = "under" if health < self.low_health else "at or over"
            words.append(f"health {health} is {where} {self.low_health}")
        line = "; ".join(words) or "neither ARR nor health are known"
        return f"{line[0].upper()}{line[1:]}."


def _escaped(text: str, limit: int) -> Mrkdwn:
    """Cut and escaped, except the settings, whose keys are our own code."""
    return text if isinstance(text, Mrkdwn) else escape(clip(text, limit))


def _limit(limit: Limit) -> str:
    return (
        f"`{limit.name}` = {limit.value}, {'the default' if limit.default else 'set in csbot.toml'}"
    )


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
