"""How messages to customers are shown to the team before they go out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from messages.blocks import (
    Block,
    Button,
    Checks,
    Control,
    Option,
    actions,
    context,
    section,
    verbatim,
)
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import search_input, select_input, text_input
from messages.message import Message, Parts
from messages.text import Mrkdwn, Person, clip, escape, one_line

TICKS = 10  # what Slack's checkboxes hold
PREVIEW_MAX, LISTED_MAX, CHOICES_MAX = 1_500, 90, 100
SUBJECT_MAX, BODY_MAX = 200, 3_000
KIND = {"email": "e-mail", "sms": "SMS"}


class To(NamedTuple):
    """One draft: for whom, of which customer, at which address, and whether it is to go out."""

    touch_id: int
    account: str
    name: str
    address: str
    ticked: bool = True


class Edited(NamedTuple):
    """Who changed the words, and for whom; nobody is named where it was for all."""

    by: Person
    whom: tuple[str, ...]


ANN = To(31, "Quietwater Freight", "Ann Lee", "ann@quietwater.example")
GUS = To(32, "Grumpy Grapes", "Gus Moor", "gus@grapes.example")
DANA_EDITED = Edited(Person("Dana Reyes", "U0DANA"), ("Ann Lee",))
WORDS = (
    "Hello Ann,\n\nsince the 12th nobody at Quietwater has opened Shipments. "
    "If something is in the way: I will look at it with you.\n\nDana"
)


@dataclass(frozen=True, kw_only=True)
class ApprovalAsked(Message):
    """`sender` is whose name it goes out in; `asked` are pinged where nobody owns the customers.

    `to` are at most TICKS of the `people`; `words` are those of the first of them, which all have
    where they are `alike`. `lacking` are settings without which nothing leaves.
    """

    name = "approval_asked"

    approval_id: int
    version: int
    channel: str
    people: int
    customers: int
    sender: str | None
    asked: tuple[Person, ...]
    playbook: str
    subject: str
    words: str
    alike: bool
    to: tuple[To, ...]
    edits: tuple[Edited, ...]
    expires_at: datetime
    lacking: tuple[str, ...] = ()

    @classmethod
    def example(cls) -> Self:
        return cls(
            approval_id=7, version=1, channel="email", people=14, customers=14,
            sender="Dana Reyes", asked=(), playbook="Quiet customer",
            subject="Your team’s Shipments board", words=WORDS, alike=False,
            to=(ANN, GUS), edits=(DANA_EDITED,),
            expires_at=datetime(2026, 11, 27, 17, 0, tzinfo=UTC),
        )  # fmt: skip

    def layout(self, parts: Parts) -> list[Block]:
        return [
            section(Mrkdwn(f"*{parts.summary}*\n{parts.body}")),
            *letter(self.subject, self.words),
            *self._ticks(),
            actions(self.controls(), block_id=f"{self._block}:act"),
            context(parts.context),
        ]

    @property
    def _block(self) -> str:
        """Another one for each version, or Slack would keep what a screen shows in an older one."""
        return f"touches:{self.approval_id}:{self.version}"

    def _ticks(self) -> list[Block]:
        if self.people < 2 and all(one.ticked for one in self.to):
            return []
        options = [Option(f"{one.account}: {one.name}", str(one.touch_id)) for one in self.to]
        ticked = {str(one.touch_id) for one in self.to if one.ticked}
        ticks = actions([Checks(Action.TOUCH_TICK, options, ticked)], block_id=self._block)
        return [ticks, *([self._more()] if self.people > len(self.to) else [])]

    def _more(self) -> Block:
        more = f"and {self.people - len(self.to):,} more, who get theirs, too"
        every = Button("Show All", Action.TOUCH_SHOW_ALL, self._value)
        return section(Mrkdwn(more), beside=every)

    @property
    def _value(self) -> str:
        return f"{self.approval_id}:{self.version}"

    def controls(self) -> list[Control]:
        return [
            Button(f"Send to {self.people:,}", Action.TOUCH_SEND, self._value, "primary"),
            Button("Edit…", Action.TOUCH_EDIT, self._value),
            Button("Skip", Action.TOUCH_SKIP, self._value),
        ]


@dataclass(frozen=True, kw_only=True)
class ApprovalEnded(Message):
    """`how` is approved, skipped, expired or withdrawn; `unsent` were left out, or all of them.

    `lacking` are settings without which what was approved waits until it expires.
    """

    name = "approval_ended"

    how: str
    playbook: str
    sent: int
    unsent: int
    by: Person | None
    at: datetime
    lacking: tuple[str, ...] = ()

    @classmethod
    def example(cls) -> Self:
        return cls(
            how="approved", playbook="Quiet customer", sent=13, unsent=1,
            by=Person("Dana Reyes", "U0DANA"), at=datetime(2026, 11, 20, 9, 14, tzinfo=UTC),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TouchesFailed(Message):
    """To whoever answers for the playbook: words that could not be written."""

    name = "touches_failed"

    playbook: str
    step: str
    account: str
    others: int
    why: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            playbook="Quiet customer", step="ask", account="Quietwater Freight", others=3,
            why="`help_url` in [company] of csbot.toml is not set",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TouchForm(Form):
    """The words of one draft, or of all where they are alike; an SMS has no subject."""

    view = View.TOUCH_EDIT
    title = "Edit the Words"
    submit = "Save Words"

    approval_id: int
    version: int
    touch_id: int | None
    whom: str
    subject: str | None
    body: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            approval_id=7, version=1, touch_id=31, whom="Ann Lee at Quietwater Freight",
            subject="Your team’s Shipments board", body=WORDS,
        )  # fmt: skip

    def blocks(self) -> list[Block]:
        words = text_input(
            "body",
            "Words",
            initial=self.body,
            lines=True,
            most=BODY_MAX,
            hint="Goes out as it stands here, with how to answer and how to "
            "end such e-mails after it."
            if self.subject is not None
            else None,
        )
        made = [section(Mrkdwn(f"To *{one_line(self.whom, 200)}*")), words]
        if self.subject is not None:
            made.insert(1, text_input("subject", "Subject", initial=self.subject, most=SUBJECT_MAX))
        return made

    def remember(self) -> dict[str, Any]:
        return {
            "approval_id": self.approval_id,
            "version": self.version,
            "touch_id": self.touch_id,
        }


@dataclass(frozen=True, kw_only=True)
class TouchPick(Form):
    """Whose words to change, where each has other ones."""

    view = View.TOUCH_PICK
    title = "Edit the Words"
    submit = "Choose"

    approval_id: int
    version: int
    to: tuple[To, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(approval_id=7, version=1, to=(ANN, GUS))

    def blocks(self) -> list[Block]:
        if len(self.to) > CHOICES_MAX:
            return [search_input("touch", "Whose words", Action.TOUCH_SELECT)]
        options = [Option(f"{one.account}: {one.name}", str(one.touch_id)) for one in self.to]
        return [select_input("touch", "Whose words", options)]

    def remember(self) -> dict[str, Any]:
        return {"approval_id": self.approval_id, "version": self.version}


@dataclass(frozen=True, kw_only=True)
class TouchList(Form):
    """Everybody whom a batch goes to, as far as a form has room."""

    view = View.TOUCH_LIST
    title = "Who Gets It"

    to: tuple[To, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(to=(ANN, GUS))

    def blocks(self) -> list[Block]:
        rows = [section(Mrkdwn(_row(one))) for one in self.to[:LISTED_MAX]]
        more = len(self.to) - len(rows)
        return [*rows, *([context(f"and {more:,} more")] if more > 0 else [])]


def letter(subject: str, words: str) -> list[Block]:
    """As it goes out, cut; an SMS has no subject."""
    title = [section(Mrkdwn(f"*Subject:* {escape(subject)}"))] if subject else []
    return [*title, verbatim(clip(words, PREVIEW_MAX))]


def _row(one: To) -> str:
    account, name, address = (one_line(text, 60) for text in one[1:4])
    return f"*{account}*: {name}, {address}"
