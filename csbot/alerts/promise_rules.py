"""What taking an alert promises: by when, what becomes of it, and how it may be moved. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from csbot.alerts.rules import CRITICAL
from csbot.errors import Refused, Wrong, all_at_once
from csbot.team.model import TeamMember
from csbot.team.rules import next_working_day_end, working_day_end

TODAY_NEEDS = timedelta(hours=1)  # less of a working day than that is too late to promise it
FURTHEST = timedelta(days=30)
REASON_MAX = 300


class Fate(StrEnum):
    """What is to become of a promise; WAITS and NUDGED are no end."""

    WAITS = "waits"
    NUDGED = "nudged"
    KEPT = "kept"
    LAPSED = "lapsed"
    VOID = "void"


def due_at(*, severity: str, member: TeamMember, now: datetime) -> datetime:
    """The end of today's working day for what is critical, else of the next one."""
    if severity == CRITICAL:
        return working_day_end(member, now, left=TODAY_NEEDS)
    return next_working_day_end(member, now)


def fate(
    *, closed: bool, held: bool, acted: bool, due: bool, nudged: bool, reachable: bool
) -> Fate:
    """`acted`: something happened on the account; `reachable`: whoever promised can be asked."""
    if closed:
        return Fate.KEPT if acted else Fate.VOID
    if not held:
        return Fate.VOID
    if acted and (due or nudged):
        return Fate.KEPT
    if not due:
        return Fate.WAITS
    return Fate.NUDGED if reachable and not nudged else Fate.LAPSED


def days_held(since: datetime, until: datetime) -> int:
    """Whole days, at least one."""
    return max(1, round((until - since) / timedelta(days=1)))


@all_at_once
def check_move(*, until: datetime, reason: str, before: Collection[str], now: datetime) -> Wrong:
    """`before` are the reasons that moved it already: each counts once."""
    if until <= now:
        yield Refused("Choose a time that is still to come.", field="until")
    if until - now > FURTHEST:
        yield Refused(f"{FURTHEST.days} days at most. Snooze it for longer.", field="until")
    if not reason.strip():
        yield Refused("Say in a few words what it waits for.", field="reason")
    if len(reason) > REASON_MAX:
        yield Refused(f"At most {REASON_MAX} characters.", field="reason")
    if same(reason) in map(same, before):
        yield Refused(
            "That reason has moved it once already. Give a new one, or hand it over.",
            field="reason",
        )


def same(reason: str) -> str:
    """Alike for the same words, however they are written."""
    return " ".join(reason.casefold().split()).rstrip(".!")
