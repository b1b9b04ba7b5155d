"""How an account's tags are changed."""

from dataclasses import dataclass
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control
from messages.ids import Action, View
from messages.inputs import text_input
from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class TagsChanged(Message):
    """All tags as they are now; `changed` is False when they were so before.

    `missing` were to be removed and were not there.
    """

    name = "tags_changed"

    account_id: int
    account: str
    tags: tuple[str, ...]
    changed: bool
    missing: tuple[str, ...]
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme Corp",
            tags=("Beta",),
            changed=True,
            missing=("trial",),
            wrote=None,
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]


@dataclass(frozen=True, kw_only=True)
class TagForm(AccountForm):
    """`present` are the tags it has."""

    view = View.TAGS
    title = "Change Tags"
    submit = "Change Tags"

    present: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Acme Corp", present="Struggling, beta")

    def blocks(self) -> list[Block]:
        now = f"Now: {self.present}. " if self.present else ""
        return [
            self.about(),
            text_input(
                "tags",
                "Tags",
                most=500,
                hint=f"{now}A plus adds, a minus removes.",
                placeholder='+beta -trial +"two words"',
            ),
        ]
