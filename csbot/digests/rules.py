"""When somebody's digest is due, and what it spells out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2s
from json import dumps
from typing import Any

from csbot.team.model import WEEKDAYS, TeamMember
from csbot.team.rules import local_date, works_on, zone
from messages.text import near_day

SPELLED_MAX = 5
NEW_FOR = timedelta(hours=24)  # for whom there was no digest before
SEVERITIES = {"critical": 0, "soon": 1, "info": 2}
# What grows older by itself: a card must show it, but it is no news.
AGEING = {"days", "day", "people", "last", "threshold"}


def due(member: TeamMember, now: datetime) -> date | None:
    """The local date whose digest may go out: its hour has come, and it is a working day.

    A local time that a change of clocks skips counts as the moment after the jump, one that
    comes twice as its first; who asks late on the same date still gets it.
    """
    today = local_date(member, now)
    if not works_on(member, today):
        return None
    moment = datetime.combine(today, member.digest_at, zone(member)).astimezone(UTC)
    return today if now >= moment else None


def working_days(member: TeamMember) -> list[int]:
    return member.working_days or WEEKDAYS


def begins_week(member: TeamMember, day: date) -> bool:
    """Whether `day` is the first working day after their longest rest of the week.

    Where that one is a public holiday it is the next on which they work.
    """
    days = sorted(set(working_days(member)))
    rest = {
        day: (day - before - 1) % 7 for before, day in zip([days[-1], *days], days, strict=False)
    }
    first = max(days, key=lambda one: rest[one])
    begins = day - timedelta(days=(day.isoweekday() - first) % 7)
    between = (begins + timedelta(days=n) for n in range((day - begins).days))
    return works_on(member, day) and not any(works_on(member, one) for one in between)


def greeting(member: TeamMember, now: datetime) -> str:
    return "Good morning" if now.astimezone(zone(member)).hour < 12 else "Hello"


def since_words(since: datetime, *, today: date, member: TeamMember) -> str:
    """Friday, yesterday, 12 Nov: as it follows the word since."""
    day = since.astimezone(zone(member)).date()
    if (today - day).days <= 1:
        return "yesterday" if day < today else "this morning"
    return f"{day:%A}" if (today - day).days < 7 else near_day(day, today)


@dataclass(frozen=True)
class Item:
    """An open alert, as far as a digest weighs it; `look` changes when there is news of it.

    `unkept`: this digest asks after what was promised of it. `known`: an admin has started from
    a day on which it was true already.
    """

    id: int
    look: str
    severity: str
    stake: Decimal
    opened_at: datetime
    taken: bool = False
    unkept: bool = False
    known: bool = False


@dataclass(frozen=True)
class Choice:
    """`waiting` items are new or changed too, but more than one can take in."""

    spelled: Sequence[Item]
    folded: Sequence[Item]
    waiting: Sequence[Item]

    def shown(self, before: Mapping[int, str]) -> dict[int, str]:
        """What the next digest may take as known: a waiting item keeps its earlier look."""
        known = {item.id: item.look for item in (*self.spelled, *self.folded)}
        return known | {item.id: before[item.id] for item in self.waiting if item.id in before}


def look(*, kind: str, severity: str, evidence: Mapping[str, Any]) -> str:
    """A few characters that stay the same while nothing but time has passed."""
    facts = {key: value for key, value in evidence.items() if key not in AGEING}
    told = dumps([kind, severity, facts], sort_keys=True, default=str)
    return blake2s(told.encode(), digest_size=6).hexdigest()


def choose(items: Iterable[Item], *, before: Mapping[int, str], begins_week: bool) -> Choice:
    """Spell out what is new or has changed, and on the week's first day all; fold the rest.

    What somebody has taken in hand is folded until there is news of it.
    """
    spelled, folded = list[Item](), list[Item]()
    for item in items:
        known = item.taken if item.id not in before else before[item.id] == item.look
        loud = item.unkept or (begins_week and not item.taken)
        (folded if known and not loud else spelled).append(item)
    spelled.sort(key=lambda item: (_news(item, before), *weight(item)))
    return Choice(spelled[:SPELLED_MAX], folded, spelled[SPELLED_MAX:])


def _news(item: Item, before: Mapping[int, str]) -> int:
    if item.unkept or item.id not in before:
        return 0
    return 1 if before[item.id] != item.look else 2


def weight(item: Item) -> tuple[int, Decimal, datetime, int]:
    """Sorts the most urgent first: severity, then stake, then age."""
    return SEVERITIES.get(item.severity, 9), -item.stake, item.opened_at, item.id


def age(
    item: Item, *, today: date, member: TeamMember, last: datetime | None, now: datetime
) -> str:
    """new (or known) since the last digest, else which day of it this is: day 4."""
    opened = item.opened_at.astimezone(zone(member)).date()
    if item.opened_at > (last or now - NEW_FOR):
        return "known" if item.known else "new"
    return f"day {max(0, (today - opened).days) + 1}"


def first_name(name: str) -> str:
    return name.split()[0] if name.split() else name
