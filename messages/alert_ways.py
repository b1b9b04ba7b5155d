"""How somebody's own choice reads, kind by kind."""

from dataclasses import dataclass
from typing import Any, Self

from messages.accounts import ALERTS
from messages.blocks import Block, Option, context
from messages.form import Form
from messages.ids import View
from messages.inputs import select_input

REST = "rest"
KINDS = tuple(kind for kind in ALERTS if kind != "unowned")  # that one mentions the managers
PAGES = (KINDS[:4], KINDS[4:])
LABELS = {kind: f"{ALERTS[kind][:1].upper()}{ALERTS[kind][1:]}" for kind in KINDS}
WAYS = [
    Option("As for the rest", REST),
    Option("In the channel, mentioning me", "mention"),
    Option("As a direct message", "dm"),
    Option("In my digest; critical ones mention me", "digest"),
]


@dataclass(frozen=True, kw_only=True)
class AlertWaysForm(Form):
    """`chosen` are pairs of a kind and its way, of the kinds on this page, counted from 0."""

    view = View.SETTINGS_KINDS
    title = "My Alerts by Kind"
    submit = "Save Settings"

    page: int
    chosen: tuple[tuple[str, str], ...]

    @classmethod
    def example(cls) -> Self:
        return cls(page=0, chosen=(("task", "digest"),))

    def blocks(self) -> list[Block]:
        ways = dict(self.chosen)
        inputs = [
            select_input(kind, LABELS[kind], WAYS, initial=ways.get(kind, REST))
            for kind in PAGES[self.page]
        ]
        more = "Saving leads to the other kinds. " if self.page + 1 < len(PAGES) else ""
        told = f"Kinds {self.page + 1} of {len(PAGES)}. {more}"
        return [*inputs, context(f"{told}A customer's emergency (critical) always reaches you.")]

    def remember(self) -> dict[str, Any]:
        return {"page": self.page}
