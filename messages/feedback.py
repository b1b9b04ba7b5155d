"""How feedback reads: the form and what was recorded."""

from dataclasses import dataclass
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control, Option
from messages.ids import Action, View
from messages.inputs import number_input, select_input, text_input
from messages.message import Message

KINDS = [
    Option("NPS, 0 to 10", "nps"),
    Option("CSAT, 1 to 5", "csat"),
    Option("Happiness, 1 to 5", "happiness"),
]


@dataclass(frozen=True, kw_only=True)
class FeedbackForm(AccountForm):
    """What a customer said, with the scale it was said on."""

    view = View.FEEDBACK
    title = "Record Feedback"
    submit = "Record Feedback"

    kind: str = "nps"
    score: int | None = None
    comment: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Grumpy Grapes", comment="slow support")

    def blocks(self) -> list[Block]:
        return [
            self.about(),
            select_input("kind", "Kind", KINDS, initial=self.kind),
            number_input("score", "Score", least=0, most=10, initial=self.score),
            text_input(
                "comment", "In their words", lines=True, optional=True, initial=self.comment
            ),
            text_input(
                "email",
                "Who said it",
                optional=True,
                most=200,
                placeholder="ann@customer.example",
                hint="Their e-mail address, if you know it.",
            ),
        ]


@dataclass(frozen=True, kw_only=True)
class FeedbackRecorded(Message):
    """`most` is the best score of its kind; `level` is how happy the account is from now on.

    `called` is NPS's word for whoever gives such a score.
    """

    name = "feedback_recorded"

    account_id: int
    account: str
    kind: str
    score: int
    most: int
    called: str | None
    comment: str | None
    level: str
    negative: bool
    again: bool
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Grumpy Grapes",
            kind="NPS",
            score=2,
            most=10,
            called="detractor",
            comment="slow support",
            level="Not Happy",
            negative=True,
            again=False,
            wrote="grumpy",
        )

    def controls(self) -> list[Control]:
        if not self.negative:
            return []
        return [Button("Log Check-In…", Action.FORM_OPEN, f"checkin\t{self.account_id}\t")]


@dataclass(frozen=True, kw_only=True)
class FeedbackUnclear(Message):
    """`wrong` is no score; `command` is what was typed after /cs, `comment` the words kept."""

    name = "feedback_unclear"

    wrong: str
    command: str
    least: int
    most: int
    account_id: int
    account: str
    comment: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            wrong="11", command="nps", least=0, most=10, account_id=1, account="Acme",
            comment="slow support",
        )  # fmt: skip

    def controls(self) -> list[Control]:
        value = f"{self.command}\t{self.account_id}\t{self.comment}"
        return [Button("Fill In the Form", Action.FORM_OPEN, value)]
