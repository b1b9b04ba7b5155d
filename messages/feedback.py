"""How feedback reads: the form and what was recorded."""

from dataclasses import dataclass
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, Option
from messages.form import Form
from messages.ids import View
from messages.inputs import number_input, select_input, text_input

KINDS = [
    Option("NPS, 0 to 10", "nps"),
    Option("CSAT, 1 to 5", "csat"),
    Option("Happiness, 1 to 5", "happiness"),
]


@dataclass(frozen=True, kw_only=True)
class FeedbackForm(Form):
    """What a customer said, with the scale it was said on."""

    view = View.FEEDBACK
    title = "Record Feedback"
    submit = "Record Feedback"

    account_id: int | None = None
    account: str | None = None
    kind: str = "nps"
    score: int | None = None
    comment: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Grumpy Grapes", comment="slow support")

    def blocks(self) -> list[Block]:
        return [
            about(self.account_id, self.account),
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

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id}
