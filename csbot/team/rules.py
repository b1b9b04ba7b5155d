"""When somebody works. Shifts are reckoned in UTC, so a change of clocks costs nobody an hour.

Public holidays where they live are no working days.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from csbot.settings import AlertsBy
from csbot.team.days_off import is_day_off
from csbot.team.model import AS_ROLE, WEEKDAYS, TeamMember

DAY = timedelta(days=1)


def zone(member: TeamMember) -> ZoneInfo:
    """Their time zone; UTC when it is unknown here."""
    return zone_named(member.timezone)


@cache
def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def alerts_by(member: TeamMember, defaults: AlertsBy, chosen: str | None = None) -> str:
    """How alerts reach them: as `chosen` for the kind, else for all, else as their role's."""
    of_role: str = getattr(defaults, member.role)
    return chosen or (of_role if member.alerts_by == AS_ROLE else member.alerts_by)


def local_date(member: TeamMember, now: datetime) -> date:
    return now.astimezone(zone(member)).date()


def works_on(member: TeamMember, day: date) -> bool:
    """Whether it is a working day of theirs: one of their weekdays, and no public holiday."""
    days = member.working_days or WEEKDAYS
    return day.isoweekday() in days and not is_day_off(member.country, day)


def next_working(member: TeamMember, at: datetime) -> datetime:
    """`at` itself while they work, else the start of their next shift."""
    start, _ = next(_shifts(member, at))
    return max(start, at.astimezone(UTC))


def working_time_after(member: TeamMember, start: datetime, hours: float) -> datetime:
    """The moment at which `hours` of their working time have passed since `start`."""
    left = timedelta(hours=hours)
    for opens, closes in _shifts(member, start):
        opens = max(opens, start.astimezone(UTC))
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise AssertionError("shifts never end")


def working_time_between(member: TeamMember, start: datetime, end: datetime) -> timedelta:
    """How much of their working time lies between two moments."""
    passed = timedelta()
    for opens, closes in _shifts(member, start):
        if opens >= end:
            return passed
        passed += max(timedelta(), min(closes, end) - max(opens, start))
    raise AssertionError("shifts never end")


def working_day_end(member: TeamMember, at: datetime, *, left: timedelta) -> datetime:
    """The end of the first of their shifts of which at least `left` is still to come."""
    return next(closes for _, closes in _shifts(member, at) if closes - at >= left)


def next_working_day_end(member: TeamMember, at: datetime) -> datetime:
    """The end of the working day after that of `at`; what is left of today does not count."""
    shifts = _shifts(member, at)
    opens, closes = next(shifts)
    if opens <= at or local_date(member, opens) == local_date(member, at):
        _, closes = next(shifts)
    return closes


def _shifts(member: TeamMember, after: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Working periods that end after a moment, as UTC, in order; overnight ones by their start."""
    day = local_date(member, after) - DAY
    while True:
        if works_on(member, day):
            opens, closes = _shift(member, day)
            if opens < closes and closes > after:
                yield opens, closes
        day += DAY


def _shift(member: TeamMember, day: date) -> tuple[datetime, datetime]:
    overnight = member.work_ends <= member.work_starts
    opens = datetime.combine(day, member.work_starts, zone(member))
    closes = datetime.combine(day + DAY if overnight else day, member.work_ends, zone(member))
    # A local time that a change of clocks skips becomes the same moment after the jump.
    return opens.astimezone(UTC), closes.astimezone(UTC)
