"""What a meeting must be, and which outcome it can have when. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from csbot.errors import Refused, Wrong, all_at_once
from csbot.meetings.model import Meeting
from csbot.team.model import TeamMember
from csbot.team.rules import next_working

TITLE_MAX, KIND_MAX, AGENDA_MAX = 150, 60, 3000
SHORTEST, LONGEST = 5, 480
FURTHEST = timedelta(days=2 * 366)
EARLY = timedelta(minutes=15)
BACK_TO_BACK = timedelta(minutes=15)
SETTLED_IN = timedelta(minutes=2)  # what ends last has then been seen to have ended
ASKED_WITHIN = timedelta(hours=3)  # of its end, however many meetings follow
OUTCOMES = ("attended", "no_show", "cancelled")


@all_at_once
def check(
    *, title: str, kind: str, starts_at: datetime, minutes: int, agenda: str | None, now: datetime
) -> Wrong:
    """Refuse, at the field that is wrong, what cannot be a meeting."""
    if len(title) > TITLE_MAX:
        yield Refused(f"At most {TITLE_MAX} characters; this is {len(title):,}.", field="title")
    if not kind.strip() or len(kind) > KIND_MAX:
        yield Refused("Choose what kind of meeting it is.", field="kind")
    if agenda and len(agenda) > AGENDA_MAX:
        yield Refused(f"At most {AGENDA_MAX:,} characters.", field="agenda")
    if not SHORTEST <= minutes <= LONGEST:
        yield Refused(f"{SHORTEST} to {LONGEST} minutes.", field="duration")
    if wrong := _out_of_reach(starts_at, now):
        yield wrong


def check_start(starts_at: datetime, *, now: datetime) -> None:
    """All that can be wrong with a move: the rest of a meeting stays as its calendar has it."""
    if wrong := _out_of_reach(starts_at, now):
        raise wrong


def _out_of_reach(starts_at: datetime, now: datetime) -> Refused | None:
    if starts_at <= now:
        return Refused("That time is past. Choose one to come.", field="starts_at")
    if starts_at > now + FURTHEST:
        return Refused(
            "That is more than two years away. Choose an earlier day.", field="starts_at"
        )
    return None


def check_outcome(outcome: str, *, starts_at: datetime, now: datetime) -> None:
    if outcome not in OUTCOMES:
        raise Refused("A meeting is attended, a no-show or cancelled.")
    if outcome != "cancelled" and now < starts_at - EARLY:
        raise Refused("That meeting has not begun yet. Until then it can only be cancelled.")


def own_title(title: str, *, kind: str) -> str:
    """A meeting without a title is called by its kind."""
    return title.strip() or kind[:1].upper() + kind[1:]


def ended_at(meeting: Meeting) -> datetime:
    return meeting.starts_at + timedelta(minutes=meeting.duration_minutes)


def how_far(meeting: Meeting, now: datetime) -> str | None:
    """What became of it, `over` while nobody has said; None while it is still to come."""
    return meeting.outcome or ("over" if ended_at(meeting) <= now else None)


def when_to_ask(
    member: TeamMember,
    meeting: Meeting,
    *,
    following: Iterable[tuple[datetime, datetime]],
    now: datetime,
) -> datetime:
    """At once, or once the meetings that follow without a break are over; in their working time.

    `following` are from when until when `member` meets somebody, in order.
    """
    over = last = ended_at(meeting)
    for starts, ends in following:
        if starts <= last + BACK_TO_BACK and last < ends <= over + ASKED_WITHIN:
            last = ends
    at = last + SETTLED_IN if last > over else now
    return next_working(member, max(at, now))
