"""An onboarding as rows of bars: what was done, what is late, what is planned. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from csbot.onboarding.stages import Stage, find, track
from messages.text import clean, clip, near_day, plural


class Kind(StrEnum):
    """How a bar is drawn: time that went by as planned, beyond it, runs still, is to come."""

    DONE = "done"
    LATE = "late"
    OPEN = "open"
    PLAN = "plan"


@dataclass(frozen=True)
class Spell:
    """A stay in a stage; `overridden`: a manager had it begin before its time.

    `cut`: a manager had it end, and with it the onboarding.
    """

    process: str
    stage: str
    days: int
    begun_at: datetime
    ended_at: datetime | None
    overridden: bool = False
    cut: bool = False

    @property
    def due_at(self) -> datetime:
        return self.begun_at + timedelta(days=self.days)

    def late(self, now: datetime) -> int:
        """Whole days beyond what was planned."""
        return max(0, ((self.ended_at or now) - self.due_at).days)


@dataclass(frozen=True)
class Bar:
    """`mark`: it began by override, or it all ended there by one.

    `word` stands inside where there is room.
    """

    kind: Kind
    begins: datetime
    ends: datetime
    mark: bool = False
    word: str = ""


@dataclass(frozen=True)
class Row:
    """`note` says in words what the bars show; `other` is a name in plain letters."""

    label: str
    note: str
    bars: tuple[Bar, ...]
    other: str = ""


@dataclass(frozen=True)
class Gantt:
    """`more` are those that found no room; `late` how many rows say that they are late."""

    title: str
    rows: tuple[Row, ...]
    now: datetime
    late: int = 0
    more: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The picture in words, a line a row."""
        return tuple(_line(f"{row.label}: {row.note}") for row in self.rows)

    @property
    def alternative(self) -> str:
        """What the picture shows, for whoever cannot see it."""
        return clip(_line(f"Gantt chart, {self.title}. {'; '.join(self.lines)}"), 900)


@dataclass(frozen=True)
class Course:
    """One account's onboarding: the stays in their order, of which the last may still run."""

    name: str
    process: str
    spells: tuple[Spell, ...]
    domain: str = ""

    @property
    def running(self) -> Spell | None:
        last = self.spells[-1] if self.spells else None
        return last if last and last.ended_at is None else None

    def to_come(self, now: datetime) -> Iterator[tuple[Stage, datetime, datetime]]:
        """The stages behind the one that runs, each as soon as the one before may end."""
        running = self.running
        here = find(self.process, running.stage) if running else None
        if running is None or here is None:
            return
        begins = max(now, running.due_at)
        for stage in track(self.process)[here.number :]:
            ends = begins + timedelta(days=stage.days)
            yield stage, begins, ends
            begins = ends


def of_account(course: Course, *, now: datetime) -> Gantt:
    """A row a stage of its track; stays in stages of another track come first."""
    planned = {stage.key: (begins, ends) for stage, begins, ends in course.to_come(now)}
    rows = list(_elsewhere(course, now))
    for stage in track(course.process):
        mine = [one for one in course.spells if _is(one, course.process, stage)]
        plan = planned.get(stage.key)
        label = f"{stage.number} {stage.name}"
        rows.append(
            Row(label, _note(mine, plan, course, stage, now), (*_bars(mine, now), *_plan(plan)))
        )
    late = sum(1 for one in course.spells if one.late(now))
    return Gantt(f"Onboarding of {course.name}", tuple(rows), now, late=late)


def of_all(courses: Sequence[Course], *, now: datetime, more: int = 0, title: str = "") -> Gantt:
    """A row an account; the numbers in its bars are the stages'."""
    rows = [
        Row(one.name, _where(one, now), tuple(_all_bars(one, now)), one.domain) for one in courses
    ]
    late = sum(1 for one in courses if one.running and one.running.late(now))
    return Gantt(title or "Everybody in onboarding", tuple(rows), now, late=late, more=more)


def _is(spell: Spell, process: str, stage: Stage) -> bool:
    return spell.stage == stage.key and track(spell.process) == track(process)


def _elsewhere(course: Course, now: datetime) -> Iterator[Row]:
    """Stays that the track as it is now has no row for, in their order."""
    here = track(course.process)
    lost = [
        one for one in course.spells if not any(_is(one, course.process, stage) for stage in here)
    ]
    for spell in lost:
        known = find(spell.process, spell.stage)
        name = known.name if known else spell.stage
        yield Row(f"{name} ({spell.process})", _spent(spell, now), tuple(_bars([spell], now)))


def _bars(spells: Sequence[Spell], now: datetime, word: str = "") -> Iterator[Bar]:
    for one in spells:
        ends, runs = one.ended_at or now, one.ended_at is None
        middle = min(max(one.due_at, one.begun_at), ends)
        kind = Kind.OPEN if runs else Kind.DONE
        yield Bar(kind, one.begun_at, middle, one.overridden, word)
        if ends > middle:
            yield Bar(Kind.LATE, middle, ends)
        if one.cut:
            yield Bar(kind, ends, ends, mark=True)
        if runs and one.due_at > now:
            yield Bar(Kind.PLAN, now, one.due_at)


def _plan(plan: tuple[datetime, datetime] | None, word: str = "") -> Iterator[Bar]:
    if plan:
        yield Bar(Kind.PLAN, *plan, word=word)


def _all_bars(course: Course, now: datetime) -> Iterator[Bar]:
    for spell in course.spells:
        stage = find(spell.process, spell.stage)
        yield from _bars([spell], now, str(stage.number) if stage else "")
    for stage, begins, ends in course.to_come(now):
        yield from _plan((begins, ends), str(stage.number))


def _note(
    mine: Sequence[Spell], plan: tuple[datetime, datetime] | None, course: Course, stage: Stage,
    now: datetime,
) -> str:  # fmt: skip
    if mine:
        again = f", {_times(len(mine))}" if len(mine) > 1 else ""
        back = f", again {_planned(plan, now)}" if plan else ""
        return f"{_spent(mine[-1], now)}{again}{back}"
    if plan:
        return _planned(plan, now)
    if not course.spells:
        return "not begun"
    last = course.spells[-1]
    here = find(last.process, last.stage)
    # Who left in the middle has skipped nothing of what was to come.
    return "not reached" if here and not last.cut and here.number < stage.number else "skipped"


def _planned(plan: tuple[datetime, datetime], now: datetime) -> str:
    begins, ends = (near_day(moment.date(), now.date()) for moment in plan)
    return f"planned {begins} to {ends}"


def _spent(spell: Spell, now: datetime) -> str:
    """How long it took or has taken, beside what was planned."""
    late = spell.late(now)
    over = f", {plural(late, 'day')} late" if late else ""
    over += ", begun by override" if spell.overridden else ""
    over += ", ended by override" if spell.cut else ""
    if spell.ended_at is None:
        return f"day {(now - spell.begun_at).days + 1} of {spell.days}{over}"
    took = max(0, (spell.ended_at - spell.begun_at).days)
    return f"done in {took} of {spell.days} days{over}"


def _times(count: int) -> str:
    return {2: "twice"}.get(count, f"{count} times")


def _where(course: Course, now: datetime) -> str:
    running = course.running
    if running is None:
        return "finished"
    stage = find(running.process, running.stage)
    name = stage.name if stage else running.stage
    late = running.late(now)
    if late:
        return f"{plural(late, 'day')} late in {name}"
    return f"day {(now - running.begun_at).days + 1} of {running.days} in {name}"


def _line(text: str) -> str:
    return " ".join(clean(text).split())
