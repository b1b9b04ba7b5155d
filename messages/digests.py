"""How the morning's digest reads: what needs somebody today, then what has changed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from html import unescape
from typing import Self

from messages.alert_card import MARKS, WORDS, AlertCard, sentence
from messages.blocks import Block, Button, actions, context, section
from messages.debriefs import DebriefRow, MeetingDebrief
from messages.ids import Action
from messages.meetings import MeetingToday
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.renewals import Group
from messages.text import Money, Mrkdwn, clip, one_line
from messages.turn import YOU

NEED_MAX, SECTION_MAX = 450, 900
OPEN, TASKS, MINE = "open", "tasks", "mine"
LINES = "meetings", "tasks", "backlog", "changes", "notes", "renewals", "team", "silent"
LESS = Button("Less Like This…", Action.SETTINGS_EDIT, "me", hears="Change how csbot tells you")


@dataclass(frozen=True, kw_only=True)
class Need:
    """`age` is new, known or day 4, `turn` whose move, `done` what became of it.

    `unkept`: nothing has.
    """

    alert_id: int
    version: int
    severity: str
    age: str
    sentence: Mrkdwn
    stake: Mrkdwn
    step: Mrkdwn
    turn: str = YOU
    done: str | None = None
    unkept: bool = False
    covering: str | None = None
    covering_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Moved:
    """An account whose health changed to `score` by `change` points."""

    account: str
    change: int
    score: int


@dataclass(frozen=True, kw_only=True)
class Covering:
    """What one who is away until a day has before them; their alerts stand among the needs."""

    id: int
    name: str
    until: str
    tasks_overdue: int = 0
    tasks_today: int = 0
    meetings: tuple[MeetingToday, ...] = ()
    more_meetings: int = 0


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What one person, or the whole team, has before them; `renewals` within 60 days."""

    name: str
    critical: int = 0
    soon: int = 0
    overdue: int = 0
    renewals: int = 0
    due: tuple[Money, ...] = ()

    @property
    def amounts(self) -> Mrkdwn:
        return Group(label="", count=0, due=self.due).amounts


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What happened since the last digest; `more_` count what is left out."""

    since: str
    moved: tuple[Moved, ...] = ()
    more_moved: int = 0
    wins: tuple[str, ...] = ()
    more_wins: int = 0


@dataclass(frozen=True, kw_only=True)
class Renewing:
    """What falls due within 60 days."""

    count: int
    due: tuple[Money, ...]
    categories: tuple[tuple[str, int], ...]

    @property
    def amounts(self) -> Mrkdwn:
        return Group(label="", count=0, due=self.due).amounts


@dataclass(frozen=True, kw_only=True)
class SilentSource:
    """A source of data that usually speaks (usage, billing, …) and has not since then."""

    name: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Team:
    people: tuple[Workload, ...]
    more_people: int
    total: Workload
    unowned: int


QUIETWATER = Need(
    alert_id=7,
    version=1,
    severity="critical",
    age="new",
    sentence=Mrkdwn("nobody at Quietwater Freight has logged in for 9 days"),
    stake=Mrkdwn("$120k ARR, renews in 50 days."),
    step=Mrkdwn("call Ann Lee (champion), ask what is in the way"),
)
GRAPES = Need(
    alert_id=8,
    version=2,
    severity="soon",
    age="day 2",
    sentence=Mrkdwn("Gus at Grumpy Grapes gave 2 of 10 and has no answer yet"),
    stake=Mrkdwn("$64k ARR."),
    step=Mrkdwn("answer Gus in person"),
)
SESSION = MeetingToday(
    starts_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
    account="Meeting Makers",
    title="Success session",
    agenda="Rollout",
)
DUE = (Money(Decimal(262_000)),)
DANA = Workload(name="Dana Reyes", critical=1, soon=1, overdue=1, renewals=4, due=DUE)


@dataclass(frozen=True, kw_only=True)
class Digest(Message):
    """`folded` alerts are unchanged, `folded_taken` of them taken; `waiting` ones are new or
    changed beyond the five shown. `notes` are only to be known, for whoever chose the digest.

    `debriefs` are meetings of which nobody has said how they went. `of` is the person's id where
    somebody else looks at it.
    """

    name = "digest"

    greeting: str
    person: str
    needs: tuple[Need, ...] = ()
    folded: int = 0
    folded_taken: int = 0
    oldest_days: int = 0
    waiting: int = 0
    meetings: tuple[MeetingToday, ...] = ()
    more_meetings: int = 0
    debriefs: tuple[DebriefRow, ...] = ()
    more_debriefs: int = 0
    tasks_overdue: int = 0
    tasks_today: int = 0
    changes: Changes
    notes: tuple[Mrkdwn, ...] = ()
    more_notes: int = 0
    renewing: Renewing | None = None
    next_renewal: tuple[int, str] | None = None
    team: Team | None = None
    silent: tuple[SilentSource, ...] = ()
    covering: tuple[Covering, ...] = ()
    as_of: datetime
    digest_at: time
    of: int | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            greeting="Good morning",
            person="Dana",
            needs=(QUIETWATER, GRAPES),
            folded=3,
            folded_taken=1,
            oldest_days=6,
            meetings=(SESSION,),
            debriefs=MeetingDebrief.example().rows[1:],
            tasks_overdue=1,
            tasks_today=2,
            changes=Changes(
                since="Friday",
                moved=(
                    Moved(account="Quietwater Freight", change=-22, score=41),
                    Moved(account="Busy Bakery", change=13, score=84),
                ),
                wins=("Globex completed Kick-off", "Ann at Busy Bakery gave 10 of 10"),
            ),
            notes=(Mrkdwn("Globex renews in 82 days and has no next step"),),
            more_notes=2,
            renewing=Renewing(
                count=4, due=DUE, categories=(("commit", 1), ("probable", 2), ("at risk", 1))
            ),
            team=Team(
                people=(DANA, Workload(name="Lee Okafor", soon=2)),
                more_people=0,
                total=replace(DANA, name="All", soon=3),
                unowned=1,
            ),
            silent=(
                SilentSource(name="usage", since=datetime(2026, 11, 20, 9, tzinfo=UTC)),
                SilentSource(name="tickets", since=datetime(2026, 11, 14, 16, tzinfo=UTC)),
            ),
            as_of=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
            digest_at=time(8, 30),
        )

    def question(self) -> str:
        return f"digest:{self.of or 'me'}"

    def quiet(self) -> bool:
        """Nothing to say but a kind line."""
        said = (
            self.needs, self.folded, self.waiting, self.meetings, self.debriefs,
            self.tasks_overdue, self.tasks_today, self.changes.moved, self.changes.wins,
            self.notes, self.renewing, self.team, self.silent, self.covering,
        )  # fmt: skip
        return not any(said)

    def layout(self, parts: Parts) -> list[Block]:
        blocks = [section(f"*{parts.summary}*")]
        if self.quiet():
            return blocks
        spelled = list(zip(self.needs, pieces(parts.body, len(self.needs)), strict=True))
        blocks += [_need(need, words) for need, words in spelled if need.covering is None]
        blocks += self._covering(parts, spelled)
        blocks += self._debriefs(parts)
        show = {"backlog": (OPEN, "Show what is still open"), "tasks": (TASKS, "Show the tasks")}
        for name in LINES:
            if words := clip(parts.named.get(name, ""), SECTION_MAX):
                beside = _show(*show[name], of=self.of) if name in show else None
                blocks.append(section(words, beside=beside))
        if parts.context:
            blocks.append(context(parts.context))
        return [*blocks, actions([LESS])] if self.of is None else blocks

    def _covering(self, parts: Parts, spelled: list[tuple[Need, str]]) -> list[Block]:
        """A line for each who is away, followed by what they left."""
        left = [one for one in spelled if one[0].covering is not None]
        blocks = []
        for one, words in zip(
            self.covering, pieces(parts.named.get("covering", ""), len(self.covering)), strict=True
        ):
            blocks.append(section(clip(words, NEED_MAX)))
            blocks += [_need(need, told) for need, told in left if need.covering_id == one.id]
        known = {one.id for one in self.covering}
        return blocks + [_need(n, told) for n, told in left if n.covering_id not in known]

    def _debriefs(self, parts: Parts) -> list[Block]:
        said = pieces(parts.named.get("debriefs", ""), len(self.debriefs))
        return [
            block
            for one, words in zip(self.debriefs, said, strict=True)
            for block in (section(clip(words, NEED_MAX)), one.buttons("digest"))
        ]


def _need(need: Need, words: str) -> Block:
    block = section(clip(words, NEED_MAX))
    if need.done is None:
        value = f"{need.alert_id}:{need.version}"
        hears = f"Log a check-in: {unescape(need.sentence)}"
        log = Button("Log Check-In", Action.ALERT_CHECKIN, value, hears=hears)
        block = section(clip(words, NEED_MAX), beside=log)
    return block | {"block_id": f"need:{need.alert_id}:{need.version}"}


def alert_line(card: AlertCard, age: str, turn: str) -> Mrkdwn:
    """An open alert in a list."""
    lead = f"{WORDS[card.severity]}, {one_line(age, 20)}, {one_line(turn, 20)}"
    words = f"{MARKS[card.severity]} *{lead}:* {sentence(card)}"
    return Mrkdwn(words + (f" ({one_line(card.taken_by, 30)} has it)" if card.taken_by else ""))


def _show(what: str, hears: str, *, of: int | None) -> Button:
    value = what if of is None else f"{what}:{of}"
    return Button("Show", Action.DIGEST_SHOW, value, hears=hears)
