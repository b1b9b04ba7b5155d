"""What every message is: frozen values, a template of the same name, controls, an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

from messages.blocks import Block, Control, actions, context, section


class Parts(NamedTuple):
    """A template's rendered blocks: `summary` is one line of at most 200 characters.

    `named` holds every block, also those inside another one.
    """

    summary: str
    body: str
    context: str
    named: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Message:
    """Subclass it, set `name`, write `templates/<name>.j2`; the catalogue finds it by itself."""

    name: ClassVar[str] = ""

    @classmethod
    def example(cls) -> Self:
        raise NotImplementedError

    def controls(self) -> list[Control]:
        """At most three that are visible; an overflow holds the rest."""
        return []

    def question(self) -> str:
        """The question that shows the same anew (csbot/kept/shows.py); empty where none does."""
        return ""

    def layout(self, parts: Parts) -> list[Block]:
        """First block: the whole sentence. Override for fields, tables and charts."""
        blocks = [section("\n".join(part for part in (parts.summary, parts.body) if part))]
        if parts.context:
            blocks.append(context(parts.context))
        if controls := self.controls():
            blocks.append(actions(controls))
        return blocks
