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


@dataclass(frozen=True)
class KindWay:
    """What somebody chose for alerts of a kind: mention, dm or digest."""

    kind: str
    by: str

    @property
    def says(self) -> str:
        how = {"mention": "in the channel", "dm": "as a direct message", "digest": "in your digest"}
        return f"{ALERTS[self.kind]}, {how[self.by]}"


@dataclass(frozen=True, kw_only=True)
class AlertWaysForm(Form):
    """`chosen` is what differs from the rest; pages are counted from 0."""

    view = View.SETTINGS_KINDS
    title = "My Alerts by Kind"
    submit = "Save Settings"

    page: int
    chosen: tuple[KindWay, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(page=0, chosen=(KindWay("task", "digest"),))

    def blocks(self) -> list[Block]:
        ways = {one.kind: one.by for one in self.chosen}
        inputs = [
            select_input(kind, LABELS[kind], WAYS, initial=ways.get(kind, REST))
            for kind in PAGES[self.page]
        ]
        more = "Saving leads to the other kinds. " if self.page + 1 < len(PAGES) else ""
        told = f"Kinds {self.page + 1} of {len(PAGES)}. {more}"
        return [*inputs, context(f"{told}A customer's emergency (critical) always reaches you.")]

    def remember(self) -> dict[str, Any]:
        return {"page": self.page}
