"""When a customer may be written to. Pure: no database, no clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from csbot.touches.settings import Touches

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def next_send(
    now: datetime,
    *,
    zone: ZoneInfo,
    limits: Touches,
    recent: Sequence[datetime],
    expires_at: datetime,
    service: bool = False,
) -> datetime | None:
    """The first moment from `now` on, or None when there is none before it expires.

    `recent` is when that person was written to in the last seven days. A service does not wait
    for Monday, and only for the end of the night and the limit of all that there is.
    """
    if service:
        at = capped(now, recent, max(limits.per_week, limits.per_week_in_all))
        at += night(at, zone, limits)
    else:
        at = awake(capped(now, recent, limits.per_week), zone, limits)
    return at if at < expires_at else None


def capped(now: datetime, recent: Sequence[datetime], per_week: int) -> datetime:
    """The first moment from `now` on before which less than `per_week` lie within seven days."""
    counted = sorted(recent)[-per_week:]
    return now if len(counted) < per_week else max(now, counted[0] + WEEK)


def awake(now: datetime, zone: ZoneInfo, limits: Touches) -> datetime:
    """The first moment from `now` on that is no quiet hour and no day off in `zone`."""
    at = now
    while True:
        local = at.astimezone(zone)
        if not limits.weekends and local.isoweekday() > 5:
            at = _at((local + (8 - local.isoweekday()) * DAY).replace(fold=0), time())
        elif _quiet(local.time(), limits):
            over = local.time() >= limits.quiet_to  # today's end of it has been
            at = _at((local + DAY).replace(fold=0) if over else local, limits.quiet_to)
        else:
            return at


def night(now: datetime, zone: ZoneInfo, limits: Touches) -> timedelta:
    """How long the quiet hours last from `now` on; nothing by day, whatever day it is."""
    return awake(now, zone, limits.model_copy(update={"weekends": True})) - now


def _quiet(local: time, limits: Touches) -> bool:
    starts, ends = limits.quiet_from, limits.quiet_to
    if starts <= ends:  # by day, or never
        return starts <= local < ends
    return local >= starts or local < ends


def _at(day: datetime, clock: time) -> datetime:
    """That day's `clock` in the zone of `day`, as UTC.

    One that a change of clocks skips is the same moment after the jump; of one that comes twice
    it is the turn of `day`, or a moment of the second turn would be sent back to the first.
    """
    moved = day.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)
    return moved.astimezone(UTC)
