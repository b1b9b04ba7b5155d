"""What an account's data says of its renewal, beside what a person says. Pure.

Each fact that speaks for or against it counts points of doubt; their sum chooses the category.
docs/renewals.md has the table.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from csbot.renewals.rules import Category
from messages.text import plural

MUCH_DOUBT = 3  # one such fact alone puts a renewal at risk
GOOD_HEALTH, FALL, GREAT_FALL, LESS_USE = 75, 10, 20, 30
BEYOND_HEALTH, BEYOND_USE = 5, 10  # points and per cent past a limit before doubt is gone again
QUIET_DAYS, SOON_DAYS = 28, 30
PROMOTER, DETRACTOR = 9, 6
ORDER = list(Category)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """None is unknown, and unknown counts neither way.

    `health_change` is of seven days, `usage_change` per cent of the 28 days before; `critical`
    that such an alert is open; `nps` the last answer; `last_login` of anybody there.
    """

    days_left: int
    health: int | None = None
    health_change: int | None = None
    usage_change: int | None = None
    nps: int | None = None
    last_login: datetime | None = None
    critical: bool = False
    unpaid: bool = False


@dataclass(frozen=True)
class Told:
    category: Category
    why: tuple[str, ...]


class _Limits(NamedTuple):
    """Where health and use begin to speak for or against a renewal."""

    low: float
    very_low: float
    good: int
    fall: int
    great_fall: int
    less_use: int


def told(facts: Facts, *, low_health: int, now: datetime, before: Category | None = None) -> Told:
    """The category that the data speaks for, with the reasons that count most first.

    It gets worse than `before` at a limit, and better only well past it: what wavers about one
    would be told again with every turn.
    """
    said = _by(_limits(low_health), facts, now)
    if before is None or ORDER.index(before) <= ORDER.index(said.category):
        return said
    doubted = _by(_limits(low_health, BEYOND_HEALTH, BEYOND_USE), facts, now)
    return Told(min(before, doubted.category, key=ORDER.index), doubted.why)


def _limits(low: int, health: int = 0, use: int = 0) -> _Limits:
    """So many points and per cent further than where doubt begins."""
    return _Limits(
        low + health, low / 2 + health, GOOD_HEALTH + health, FALL - health, GREAT_FALL - health,
        LESS_USE - use,
    )  # fmt: skip


def _by(limits: _Limits, facts: Facts, now: datetime) -> Told:
    points = [*_of_health(facts, limits), *_of_use(facts, limits, now), *_of_voices(facts)]
    doubt = sum(worth for worth, _ in points)
    if doubt > 0 and facts.days_left <= SOON_DAYS:
        points.append((1, "little time is left"))
        doubt += 1
    ranked = sorted(points, key=lambda point: -abs(point[0]))
    return Told(_category(doubt), tuple(reason for _, reason in ranked))


def _category(doubt: int) -> Category:
    if doubt >= MUCH_DOUBT:
        return Category.AT_RISK
    if doubt > 0:
        return Category.BEST_CASE
    return Category.PROBABLE if doubt == 0 else Category.COMMIT


Points = list[tuple[int, str]]


def _of_health(facts: Facts, limits: _Limits) -> Points:
    health, change = facts.health, facts.health_change
    if health is None:
        return []
    fell = 0 if change is None else (change <= -limits.fall) + (change <= -limits.great_fall)
    said = f"health {health}" + (f", down {-(change or 0)} in 7 days" if fell else "")
    if health < limits.low:
        return [((MUCH_DOUBT if health < limits.very_low else 1) + fell, said)]
    if fell:
        return [(fell, said)]
    return [(-1, said)] if health >= limits.good else []


def _of_use(facts: Facts, limits: _Limits, now: datetime) -> Points:
    made: Points = []
    if facts.last_login is not None:
        quiet = (now - facts.last_login).days
        if quiet >= QUIET_DAYS:
            made.append((2, f"nobody has logged in for {plural(quiet // 7, 'week')}"))
    if facts.usage_change is not None and facts.usage_change <= -limits.less_use:
        made.append((1, f"use is down {-facts.usage_change} % in 28 days"))
    return made


def _of_voices(facts: Facts) -> Points:
    made: Points = []
    if facts.critical:
        made.append((1, "a critical alert is open"))
    if facts.unpaid:
        made.append((1, "an invoice is not paid"))
    if facts.nps is not None and facts.nps <= DETRACTOR:
        made.append((1, f"the last NPS answer was {facts.nps}"))
    elif facts.nps is not None and facts.nps >= PROMOTER:
        made.append((-1, f"the last NPS answer was {facts.nps}"))
    return made
