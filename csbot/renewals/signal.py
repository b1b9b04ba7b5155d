"""What an account's data says of its renewal, beside what a person says. Pure.

Each fact that speaks for or against it counts points of doubt; their sum chooses the category.
docs/renewals.md has the table.
"""

from dataclasses import dataclass
from datetime import datetime

from csbot.renewals.rules import Category
from messages.text import plural

MUCH_DOUBT = 3  # one such fact alone puts a renewal at risk
GOOD_HEALTH, FALL, GREAT_FALL, LESS_USE = 75, 10, 20, 30
QUIET_DAYS, SOON_DAYS = 28, 30
PROMOTER, DETRACTOR = 9, 6


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


def told(facts: Facts, *, low_health: int, now: datetime) -> Told:
    """The category that the data speaks for, with the reasons that count most first."""
    points = [*_of_health(facts, low_health), *_of_use(facts, now), *_of_voices(facts)]
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


def _of_health(facts: Facts, low: int) -> Points:
    health, change = facts.health, facts.health_change
    if health is None:
        return []
    fell = 0 if change is None else (change <= -FALL) + (change <= -GREAT_FALL)
    said = f"health {health}" + (f", down {-(change or 0)} in 7 days" if fell else "")
    if health < low:
        return [((MUCH_DOUBT if health < low / 2 else 1) + fell, said)]
    if fell:
        return [(fell, said)]
    return [(-1, said)] if health >= GOOD_HEALTH else []


def _of_use(facts: Facts, now: datetime) -> Points:
    made: Points = []
    if facts.last_login is not None:
        quiet = (now - facts.last_login).days
        if quiet >= QUIET_DAYS:
            made.append((2, f"nobody has logged in for {plural(quiet // 7, 'week')}"))
    if facts.usage_change is not None and facts.usage_change <= -LESS_USE:
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
