"""What a meeting must be, and which outcome it can have when. Pure."""

from datetime import datetime, timedelta

from csbot.errors import Refused

TITLE_MAX, KIND_MAX, AGENDA_MAX = 150, 60, 3000
SHORTEST, LONGEST = 5, 480
FURTHEST = timedelta(days=2 * 366)
EARLY = timedelta(minutes=15)
OUTCOMES = ("attended", "no_show", "cancelled")


def check(
    *, title: str, kind: str, starts_at: datetime, minutes: int, agenda: str | None, now: datetime
) -> None:
    """Refuse, at the field that is wrong, what cannot be a meeting."""
    if len(title) > TITLE_MAX:
        raise Refused(f"At most {TITLE_MAX} characters; this is {len(title):,}.", field="title")
    if not kind.strip() or len(kind) > KIND_MAX:
        raise Refused("Choose what kind of meeting it is.", field="kind")
    if agenda and len(agenda) > AGENDA_MAX:
        raise Refused(f"At most {AGENDA_MAX:,} characters.", field="agenda")
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused(f"{SHORTEST} to {LONGEST} minutes.", field="duration")
    if starts_at <= now:
        raise Refused("That time is past. Choose one to come.", field="starts_at")
    if starts_at > now + FURTHEST:
        raise Refused("That is more than two years away. Choose an earlier day.", field="starts_at")


def check_outcome(outcome: str, *, starts_at: datetime, now: datetime) -> None:
    if outcome not in OUTCOMES:
        raise Refused("A meeting is attended, a no-show or cancelled.")
    if outcome != "cancelled" and now < starts_at - EARLY:
        raise Refused("That meeting has not begun yet. Until then it can only be cancelled.")


def own_title(title: str, *, kind: str) -> str:
    """A meeting without a title is called by its kind."""
    return title.strip() or kind[:1].upper() + kind[1:]
