"""Who stands in for whom, and what cannot be an absence. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from csbot.errors import Refused, Wrong, all_at_once
from csbot.team.model import TeamMember

LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=2 * 366)
WORKING_DAY = timedelta(hours=8)
Find = Callable[[int | None], TeamMember | None]


class Span(NamedTuple):
    """Somebody's absence, as far as others have to know of it; `back_at` is when it is over."""

    member_id: int
    cover_id: int | None
    starts_at: datetime
    back_at: datetime


def stand_in(id: int | None, away: Mapping[int, Span], person: Find) -> TeamMember | None:
    """Who is told in somebody's place: they themselves while they are there, else their cover.

    Where the cover is away or gone it is the manager of whoever is away, or who stands in for the
    manager, and so on up. None when nobody is there.
    """
    seen: set[int] = set()
    while id is not None and id not in seen:
        seen.add(id)
        member, span = person(id), away.get(id)
        if member is None or span is None:
            return member
        cover = person(span.cover_id)
        if cover is not None and cover.id not in away:
            return cover
        id = member.manager_id
    return None


def misses_a_day(starts_at: datetime, ended_at: datetime) -> bool:
    """Whether somebody was away long enough to be told what happened meanwhile."""
    return ended_at - starts_at >= WORKING_DAY


@all_at_once
def check_times(*, starts_at: datetime, ends_at: datetime, now: datetime) -> Wrong:
    """Refuse, at the field that is wrong, what is over, empty, endless or far away."""
    if ends_at <= now:
        yield Refused("That is over already. Choose the day you are back.", field="back_on")
    if ends_at <= starts_at:
        yield Refused("You are back after you leave. Choose a later day.", field="back_on")
    if ends_at - starts_at > LONGEST:
        yield Refused("At most a year at a time. Choose an earlier day.", field="back_on")
    if starts_at > now + FURTHEST:
        yield Refused("That is more than two years away. Choose an earlier day.", field="from_on")


def loop(span: Span, others: Iterable[Span]) -> list[int]:
    """The people of a circle of covers that this absence would close, beginning with its own.

    Only absences count that overlap those before them: who is back by then can cover.
    """
    by_member: dict[int, list[Span]] = {}
    for other in others:
        if other.member_id != span.member_id:
            by_member.setdefault(other.member_id, []).append(other)
    return _follow(span, span, [span.member_id], by_member)


def _follow(
    first: Span, last: Span, met: list[int], by_member: Mapping[int, list[Span]]
) -> list[int]:
    if last.cover_id == first.member_id:
        return met
    if last.cover_id is None or last.cover_id in met:
        return []
    for following in by_member.get(last.cover_id, ()):
        circle = _follow(first, following, [*met, last.cover_id], by_member)
        if circle and overlap(last, following):
            return circle
    return []


def overlap(one: Span, other: Span) -> bool:
    return one.starts_at < other.back_at and other.starts_at < one.back_at
