"""How it reads what a customer wants: the form that asks for it, and that it is kept."""

from dataclasses import dataclass
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control
from messages.ids import Action, View
from messages.inputs import text_input
from messages.message import Message

MOST = 1000  # characters of each answer


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """In the customer's words, or as somebody wrote them down."""

    why_bought: str | None = None
    intended_use: str | None = None
    used_before: str | None = None
    success: str | None = None


EXAMPLE = Wanted(
    why_bought="Nobody knew where a parcel was",
    intended_use="Dispatch plans the day with it",
    used_before="A shared spreadsheet",
    success="No call about a lost parcel in a week",
)


@dataclass(frozen=True, kw_only=True)
class RequirementsForm(AccountForm):
    view = View.REQUIREMENTS
    title = "Requirements"
    submit = "Save"

    wanted: Wanted = Wanted()

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Acme", wanted=EXAMPLE)

    def blocks(self) -> list[Block]:
        asked = (
            ("why_bought", "Why they bought", "What was it like without?"),
            ("intended_use", "What they will use it for", "Who, and for which work?"),
            ("used_before", "What they used before", "Tools, spreadsheets, another product"),
            ("success", "What success looks like", "How will they know in half a year?"),
        )
        return [
            self.about(),
            *(
                text_input(
                    name, label, initial=getattr(self.wanted, name) or "", lines=True, most=MOST,
                    placeholder=hint, optional=name in ("used_before", "success"),
                )
                for name, label, hint in asked
            ),
        ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RequirementsKept(Message):
    """To whoever wrote them down."""

    name = "requirements_kept"

    account_id: int
    account: str
    wanted: Wanted

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Acme", wanted=EXAMPLE)

    def controls(self) -> list[Control]:
        return [
            Button("Show Stage", Action.STAGE_SHOW, str(self.account_id)),
            Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id)),
        ]
