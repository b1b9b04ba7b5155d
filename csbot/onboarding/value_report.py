"""How many customers have first value in time, and how long it takes: by segment and by quarter."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.as_json import plain
from csbot.accounts.choosing import named_in_words, segments, within
from csbot.accounts.model import Account
from csbot.onboarding.aims import FirstValue
from csbot.onboarding.filters import Filters
from csbot.onboarding.first_value import began, days_to, since
from csbot.shares import Share
from messages.first_value import FirstValueReport, ValueLine
from messages.text import day

YEAR = timedelta(days=365)
NONE = "no segment"


@dataclass(frozen=True)
class Case:
    """A customer of the period: when they began, the days allowed, and the days it took."""

    segment: str
    began: datetime
    goal: int
    took: int | None
    over: bool

    @property
    def counts(self) -> bool:
        """Whether it is known by now if it came in time."""
        return self.took is not None or self.over

    @property
    def in_time(self) -> bool:
        return self.took is not None and not self.over


def report(
    session: Session, filters: Filters, *, settings: FirstValue, now: datetime
) -> FirstValueReport:
    """Of those who became customers within a year, in one query."""
    names = segments(session) if filters.segments else ()
    cases = _cases(session, filters, names, settings, now)
    by_segment = _lines(cases, lambda case: case.segment, settings)
    by_quarter = _lines(cases, lambda case: _quarter(case.began), None)
    return FirstValueReport(
        scope=", ".join(named_in_words(session, filters.owners, filters.segments, names)),
        whole=_line("", cases, None),
        segments=tuple(sorted(by_segment, key=lambda line: (-line.began, line.label))),
        quarters=tuple(by_quarter),
        as_of=now,
        code=filters.code(),
    )


def _cases(
    session: Session,
    filters: Filters,
    names: Sequence[str],
    settings: FirstValue,
    now: datetime,
) -> list[Case]:
    start = since()
    rows = session.execute(
        select(Account.segment, start, Account.first_value_at)
        .where(start > now - YEAR, start <= now)
        .where(*within(filters.owners, filters.segments, names))
        .order_by(start)
    )
    return [_case(segment, at, reached, settings, now) for segment, at, reached in rows]


def _case(
    segment: str | None,
    began: datetime,
    reached: datetime | None,
    settings: FirstValue,
    now: datetime,
) -> Case:
    goal = settings.of(segment).days
    over = days_to(began, reached or now) > goal
    took = days_to(began, reached) if reached else None
    return Case(segment or NONE, began, goal, took, over)


def _lines(
    cases: Iterable[Case], key: Callable[[Case], str], settings: FirstValue | None
) -> list[ValueLine]:
    """In the order of their first case."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(key(case), []).append(case)
    return [
        _line(label, members, settings.of(label).days if settings else None)
        for label, members in groups.items()
    ]


def _line(label: str, cases: Sequence[Case], goal: int | None) -> ValueLine:
    known = [case for case in cases if case.counts]
    share = Share(sum(case.in_time for case in known), len(known))
    took = [case.took for case in cases if case.took is not None]
    return ValueLine(
        label=label,
        began=len(cases),
        in_time=share.part,
        known=share.whole,
        bounds=share.bounds,
        median=round(median(took)) if took else None,
        goal=goal,
    )


def _quarter(at: datetime) -> str:
    return f"{at.year}, quarter {(at.month - 1) // 3 + 1}"


def facts(account: Account, *, settings: FirstValue, now: datetime) -> dict[str, Any]:
    """As `csbot account show --json` has it; `late` also where it came too late."""
    aim, start, at = settings.of(account.segment), began(account), account.first_value_at
    return {
        "at": plain(at),
        "what": account.first_value_what,
        "days": days_to(start, at) if at else None,
        "goal_days": aim.days,
        "milestone": aim.milestone,
        "late": days_to(start, at or now) > aim.days,
    }


def in_words(account: Account, *, settings: FirstValue, now: datetime) -> str:
    """One clause on where an account stands."""
    told = facts(account, settings=settings, now=now)
    goal = told["goal_days"]
    if account.first_value_at is None:
        until = began(account) + timedelta(days=goal)
        return f"not reached, {'was' if told['late'] else 'is'} due by {day(until.date())}"
    after = f"after {told['days']} of {goal} days"
    return f"reached {after}{', late' if told['late'] else ''} ({account.first_value_what})"
