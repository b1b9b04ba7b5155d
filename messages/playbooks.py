"""What playbooks say to the team."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple, Self

from messages.blocks import Block, Button, Control, actions, context, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces


@dataclass(frozen=True, kw_only=True)
class PlaybookNote(Message):
    """`text` is the file's own sentence; it asks for nothing."""

    name = "playbook_note"

    account_id: int
    account: str
    text: str
    playbook: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            text="Quietwater Freight has signed up, and Dana Reyes owns it.",
            playbook="New customer",
        )

    def controls(self) -> list[Control]:
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id))]


SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class PlaybookLine:
    """`touches` is what happens to messages to customers: none, draft or send."""

    name: str
    title: str
    on: bool
    touches: str
    under_way: int
    broken: bool = False


@dataclass(frozen=True, kw_only=True)
class PlaybookList(Message):
    """Those that are on come first. `lines` are all there are, a `page` of them is shown."""

    name = "playbook_list"

    lines: tuple[PlaybookLine, ...]
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.lines) // SHOWN))

    @property
    def shown(self) -> tuple[PlaybookLine, ...]:
        return self.lines[(self.page - 1) * SHOWN : self.page * SHOWN]

    @classmethod
    def example(cls) -> Self:
        return cls(
            lines=(
                PlaybookLine(
                    name="inactive-users", title="Users who stay away", on=True, touches="none",
                    under_way=3,
                ),
                PlaybookLine(
                    name="win-back", title="A customer has left", on=False, touches="draft",
                    under_way=0, broken=True,
                ),
            )
        )  # fmt: skip

    def question(self) -> str:
        return f"playbooks:{self.page}"

    def controls(self) -> list[Control]:
        if self.pages == 1:
            return []
        label, page = ("Next Page", self.page + 1) if self.page < self.pages else ("First Page", 1)
        return [Button(label, Action.ANSWER_MORE, f"playbooks:{page}")]

    def layout(self, parts: Parts) -> list[Block]:
        lines = pieces(parts.body, len(self.shown) + 1)[1:]
        groups = [lines[at : at + 8] for at in range(0, len(lines), 8)]
        blocks = [section(f"*{parts.summary}*"), *[section("\n".join(group)) for group in groups]]
        turn = [actions(controls)] if (controls := self.controls()) else []
        return [*blocks, context(parts.context), *turn]


class Proportion(NamedTuple):
    """`part` of `whole`, with the 95 % interval (Wilson) of the share."""

    part: int
    whole: int
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of a playbook in 90 days.

    `goal` is of the runs whose time for it is up, `tasks` of those that fell due; None where the
    playbook is not about either. `people` are name, tasks done by their day, tasks due.
    """

    started: int
    under_way: int
    goal: Proportion | None = None
    tasks: Proportion | None = None
    people: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlaybookCard(Message):
    """`starts`, `how_often` and `ends` are clauses without a full stop."""

    name = "playbook_card"

    playbook: str
    title: str
    purpose: str
    on: bool
    touches: str
    starts: str
    how_often: str
    ends: str
    owner: str
    review_on: date
    source: str
    since: datetime
    problem: str | None
    measure: str
    came: Came
    may_switch: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            playbook="inactive-users",
            title="Users who stay away",
            purpose="Whoever stops logging in is asked what is in the way.",
            on=True,
            touches="draft",
            starts="when contact.inactive becomes true",
            how_often="each time its cause comes",
            ends="its cause goes away",
            owner="manager",
            review_on=date(2027, 5, 3),
            source="library",
            since=datetime(2026, 11, 21, 10, 40, tzinfo=UTC),
            problem="line 7: there is no field `fliter`, did you mean `filter`?",
            measure="The share of accounts that log in again within 14 days.",
            came=Came(started=14, under_way=3, goal=Proportion(6, 11, 0.28, 0.79)),
            may_switch=True,
        )

    def question(self) -> str:
        return f"playbook:{self.playbook}"

    def controls(self) -> list[Control]:
        if not self.may_switch:
            return []
        verb = "Switch Off" if self.on else "Switch On"
        made: list[Control] = [Button(verb, Action.PLAYBOOK_SWITCH, f"{self.playbook}:{self.on}")]
        if self.touches == "send":
            ask = f"draft:{self.playbook}"
            made.append(Button("Ask Before Sending", Action.PLAYBOOK_SENDS, ask))
        return made

    def layout(self, parts: Parts) -> list[Block]:
        blocks = [section(f"*{parts.summary}*\n{parts.body}")]
        blocks += [actions(self.controls())] if self.controls() else []
        return [*blocks, context(parts.context)]
