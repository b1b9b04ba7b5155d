"""How the list of onboardings reads: who is where, who is late, a page of it; and its charts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from messages.blocks import Block, Button, Control, Option, Overflow, actions, context, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Person, plural


@dataclass(frozen=True, kw_only=True)
class StageGroup:
    """How many are in a stage; `number` is None for one that its track no longer has."""

    process: str
    stage: str
    number: int | None
    of: int
    count: int
    late: int

    @property
    def place(self) -> str:
        return f"{self.process} {self.number} of {self.of}" if self.number else self.process

    @property
    def how_many(self) -> str:
        late = f", {self.late} late" if self.late else ""
        return f"{plural(self.count, 'account')}{late}"


@dataclass(frozen=True, kw_only=True)
class OnboardingLine:
    """`day` counts from 1, `of` is how many there should be; `late` is whole days, None in time.

    `begins` is the stage that starts with this line.
    """

    account_id: int
    account: str
    day: int
    of: int | None
    late: int | None
    open: tuple[str, ...]
    owner: Person | None
    meeting: datetime | None
    begins: StageGroup | None = None

    @property
    def when(self) -> str:
        if self.late is None:
            return f"day {self.day} of {self.of}" if self.of else f"day {self.day}"
        return f"{plural(self.late, 'day')} late" if self.late else "late since today"


SECOND = StageGroup(
    process="enterprise", stage="Second onboarding meeting", number=3, of=8, count=2, late=1
)
GLOBEX = OnboardingLine(
    account_id=4,
    account="Globex",
    day=19,
    of=14,
    late=5,
    open=("Training held", "Admin user active"),
    owner=Person("Dana Reyes", "U_DANA"),
    meeting=datetime(2026, 11, 26, 14, 0, tzinfo=UTC),
    begins=SECOND,
)
INITECH = replace(
    GLOBEX, account_id=5, account="Initech", day=3, late=None, open=(), owner=None, meeting=None,
    begins=None,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The codes of the other lists that this one's controls lead to; `keep`: of a lasting copy."""

    back: str | None = None
    onward: str | None = None
    late: str
    late_label: str
    whose: str
    whose_label: str
    gantt: str
    keep: str | None = None


@dataclass(frozen=True, kw_only=True)
class OnboardingList(Message):
    """`scope` names the filters; `waiting` are those who have not begun."""

    name = "onboarding_list"

    scope: str
    only_late: bool
    count: int
    late: int
    on_time: float
    groups: tuple[StageGroup, ...]
    lines: tuple[OnboardingLine, ...]
    waiting: int
    page: int
    pages: int
    turn: Turn
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        return cls(
            scope="Dana Reyes, only late",
            only_late=True,
            count=12,
            late=3,
            on_time=0.75,
            groups=(SECOND,),
            lines=(GLOBEX, INITECH),
            waiting=2,
            page=1,
            pages=2,
            turn=Turn(
                onward="|2|||1|",
                late="l|1|||1|",
                late_label="Only Late",
                whose="a|1||||",
                whose_label="Whole Team",
                gantt="g|1|||1|",
                keep="k|1|||1|",
            ),
            as_of=datetime(2026, 11, 21, 10, 40, tzinfo=UTC),
        )

    def question(self) -> str:
        return f"onboarding:{(self.turn.keep or '')[1:]}"

    def layout(self, parts: Parts) -> list[Block]:
        overview, *rows = pieces(parts.body, 1 + len(self.lines))
        blocks = [section(f"*{parts.summary}*\n{overview}".strip())]
        for line, row in zip(self.lines, rows, strict=True):
            blocks.append(section(row, beside=_open(line)))
        blocks.append(actions(self.controls()))
        return [*blocks, context(parts.context)]

    def controls(self) -> list[Control]:
        turn, made = self.turn, list[Control]()
        if turn.back:
            made.append(Button("Previous Page", Action.ONBOARDING_BACK, turn.back))
        if turn.onward:
            made.append(Button("Next Page", Action.ONBOARDING_PAGE, turn.onward))
        other = [Option(turn.late_label, turn.late), Option(turn.whose_label, turn.whose)]
        other += [Option("Gantt Chart", turn.gantt)]
        other += [Option("Keep", turn.keep)] if turn.keep else []
        return [*made, Overflow(Action.ONBOARDING_MORE, other)]


def _open(line: OnboardingLine) -> Button:
    hears = f"Open the stage of {line.account}"
    return Button("Open", Action.STAGE_SHOW, str(line.account_id), hears=hears)


@dataclass(frozen=True, kw_only=True)
class NoOnboarding(Message):
    """`wider` is the code of everybody's list; `others` are in it, but not late."""

    name = "no_onboarding"

    scope: str
    waiting: int
    wider: str | None
    others: int

    @classmethod
    def example(cls) -> Self:
        return cls(scope="Dana Reyes, only late", waiting=1, wider="a|1||||", others=4)

    def controls(self) -> list[Control]:
        if self.wider is None:
            return []
        return [Button("Whole Team", Action.ONBOARDING_PAGE, self.wider)]


@dataclass(frozen=True, kw_only=True)
class GanttAsked(Message):
    """A chart in words, a line a row, while its picture is being drawn.

    `again`: it is on its way already; `more` accounts found no room.
    """

    name = "gantt_asked"

    title: str
    lines: tuple[str, ...]
    more: int
    again: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            title="Onboarding of Acme",
            lines=(
                "1 Transition: done in 4 of 5 days",
                "2 First meeting: day 12 of 10, 2 days late",
            ),
            more=0,
            again=False,
        )

    def layout(self, parts: Parts) -> list[Block]:
        return [section(f"*{parts.summary}*\n{parts.body}"), context(parts.context)]
