"""How the team reads: who is who, where it is what time for them, and what they carry."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Self

from messages.blocks import Block, Button, Control, actions, context, section
from messages.home_parts import Load
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Money, Person
from messages.waiting import Waiting


@dataclass(frozen=True, kw_only=True)
class Mate:
    """`clock` is the time of day where they are; `load` only for who may see it."""

    who: Person
    role: str
    timezone: str
    clock: str
    load: Load | None
    away: str | None = None


@dataclass(frozen=True, kw_only=True)
class TeamList(Message):
    """One page of everybody, counted from 1."""

    name = "team_list"

    mates: tuple[Mate, ...]
    count: int
    page: int
    pages: int
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        load = Load(
            member_id=1, name="Dana Reyes", accounts=24, arr=(Money(Decimal(1_200_000)),),
            alerts=Waiting(3, taken=1), overdue=1,
        )  # fmt: skip
        dana = Mate(
            who=Person("Dana Reyes", "U_DANA"), role="csm", timezone="Europe/Berlin",
            clock="10:12", load=load,
        )  # fmt: skip
        lee = Mate(
            who=Person("Lee Park", "U_LEE"), role="viewer", timezone="America/Los_Angeles",
            clock="01:12", load=None, away="away until Friday 27 Nov, Dana Reyes covers",
        )  # fmt: skip
        at = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
        return cls(mates=(dana, lee), count=12, page=1, pages=2, as_of=at)

    def question(self) -> str:
        return f"team:{self.page}"

    def layout(self, parts: Parts) -> list[Block]:
        lines = [line for line in pieces(parts.body, len(self.mates)) if line]
        groups = ["\n".join(lines[at : at + 5]) for at in range(0, len(lines), 5)]
        blocks = [section(parts.summary), *[section(group) for group in groups]]
        turns = [actions(self.controls())] if self.controls() else []
        return [*blocks, context(parts.context), *turns]

    def controls(self) -> list[Control]:
        if self.page < self.pages:
            return [Button("Next Page", Action.TEAM_PAGE, str(self.page + 1))]
        return [Button("First Page", Action.TEAM_PAGE, "1")] if self.pages > 1 else []
