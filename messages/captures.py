"""How a message of Slack's reads once somebody has kept it: the forms before, the answer after."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Self

from messages.blocks import Block, Button, Control, Option, context, section
from messages.checkins import CheckInForm
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import account_input
from messages.message import Message
from messages.tasks import TaskForm
from messages.text import Mrkdwn, Person, clean, clip, escape, length, one_line

KEPT_MAX = 2_600  # Slack carries 3,000 characters for a form, the rest of its state included
SHOWN_MAX, NAME_MAX = 600, 80


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What one message said; `ts` is its moment and its number in the channel.

    `ours`: a colleague wrote it.
    """

    text: str
    author: str
    author_id: str | None
    channel: str
    ts: str
    link: str | None
    ours: bool = False

    @classmethod
    def example(cls) -> Self:
        return cls(
            text="Rollout is stuck, can we talk?", author="Ann Lee", author_id="U0ANN",
            channel="C0CUST", ts="1795424400.000100", link=None,
        )  # fmt: skip

    def carried(self) -> dict[str, Any]:
        """As the form's state, cut to what Slack takes: the link has the rest."""
        kept = replace(self, text=clean(self.text), author=clip(clean(self.author), NAME_MAX))
        while (over := length(json.dumps(asdict(kept), ensure_ascii=False)) - KEPT_MAX) > 0:
            shorter = kept.text[: -over - 1] if over < len(kept.text) else ""
            kept = replace(kept, text=f"{shorter.rstrip()}…")
        return asdict(kept)

    def shown(self) -> list[Block]:
        lines = escape(clip(self.text.strip(), SHOWN_MAX)).splitlines()
        quoted = Mrkdwn("\n".join(f">{line}" for line in lines) or ">–")
        return [section(quoted), context(Mrkdwn(f"{one_line(self.author, NAME_MAX)}, in Slack"))]


@dataclass(frozen=True, kw_only=True)
class CheckInOfMessage(CheckInForm):
    """The account is a guess that can be changed: it stands in the menu, not in the state."""

    view = View.MESSAGE_CHECKIN
    title = "Log as Check-In"

    quote: Quote
    how: str = "chat"

    @classmethod
    def example(cls) -> Self:
        return cls(quote=Quote.example(), account_id=1, account="Acme", note="Rollout is stuck")

    def about(self) -> Block:
        return _guessed(self.account_id, self.account)

    def blocks(self) -> list[Block]:
        return [*self.quote.shown(), *super().blocks()]

    def remember(self) -> dict[str, Any]:
        return {"quote": self.quote.carried()}


@dataclass(frozen=True, kw_only=True)
class TaskOfMessage(TaskForm):
    """As the check-in's form."""

    view = View.MESSAGE_TASK
    title = "Make a Task"

    quote: Quote

    @classmethod
    def example(cls) -> Self:
        return cls(quote=Quote.example(), account_id=1, account="Acme", what="Rollout is stuck")

    def about(self) -> Block:
        return _guessed(self.account_id, self.account)

    def blocks(self) -> list[Block]:
        return [*self.quote.shown(), *super().blocks()]

    def remember(self) -> dict[str, Any]:
        return {"quote": self.quote.carried()}


@dataclass(frozen=True, kw_only=True)
class LinkOfMessage(Form):
    """Keeps what was said with the account, and nothing else."""

    view = View.MESSAGE_LINK
    title = "Link to Account"
    submit = "Link Message"

    quote: Quote
    account_id: int | None = None
    account: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(quote=Quote.example(), account_id=1, account="Acme")

    def blocks(self) -> list[Block]:
        return [*self.quote.shown(), _guessed(self.account_id, self.account)]

    def remember(self) -> dict[str, Any]:
        return {"quote": self.quote.carried()}


def _guessed(account_id: int | None, account: str | None) -> Block:
    known = Option(account, str(account_id)) if account_id is not None and account else None
    return account_input("account", initial=known)


@dataclass(frozen=True, kw_only=True)
class MessageKept(Message):
    """`kind` is checkin, task or link; a task has its number and day, and for whom it is if not me.

    `before` says who had kept the same message so already, and when: nothing was done now.
    """

    name = "message_kept"

    kind: str
    account_id: int
    account: str
    author: str
    text: str
    task_id: int | None = None
    title: str = ""
    due_on: date | None = None
    assignee: Person | None = None
    before: str | None = None
    before_at: datetime | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            kind="task", account_id=1, account="Acme", author="Ann Lee",
            text="Rollout is stuck, can we talk?", task_id=12, title="Call Ann",
            due_on=date(2026, 12, 4), assignee=Person("Lee Park", "U0LEE"), before="Dana Reyes",
            before_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        )  # fmt: skip

    def controls(self) -> list[Control]:
        if self.before:
            return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]
        if self.kind == "task":
            done = "Mark this task as done"
            return [Button("Done", Action.TASK_DONE, str(self.task_id), hears=done)]
        if self.kind == "checkin":
            return [Button("Add Task…", Action.FORM_OPEN, f"task\t{self.account_id}\t")]
        return [Button("Log Check-In", Action.ACCOUNT_CHECKIN, str(self.account_id))]
