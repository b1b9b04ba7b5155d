"""How bad it is, whom it reaches and when. Pure: no database, no Slack, no clock."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from csbot.settings import Thresholds
from csbot.team.model import TeamMember
from csbot.team.rules import next_working

CRITICAL, SOON, INFO = "critical", "soon", "info"
RANK = {INFO: 0, SOON: 1, CRITICAL: 2}
NPS_AT_ONCE = 3  # at most this: somebody on the way out
RENEWAL_CLOSE, RENEWAL_NEAR = 30, 60  # days


def at_stake(arr: Decimal | None, health: int | None, limits: Thresholds) -> bool:
    """Much money, or an account that is not well; unknown is neither."""
    return is_high(arr, limits) or (health is not None and health < limits.low_health)


def is_high(arr: Decimal | None, limits: Thresholds) -> bool:
    return arr is not None and arr >= limits.high_arr


def inactive(*, gone: int, known: int, stake: bool) -> str | None:
    """`gone` of the `known` people who ever logged in stay away."""
    if not gone:
        return None
    if gone == known:
        return CRITICAL if stake else SOON
    return SOON if stake else INFO


def feedback(*, scale: str, score: int, high: bool) -> str:
    return CRITICAL if high or (scale == "nps" and score <= NPS_AT_ONCE) else SOON


def task(*, days: int, priority: str, soon_days: int) -> tuple[str, int] | None:
    """Severity, and a level that rises when it falls due and again when it is overdue."""
    if days > soon_days:
        return None
    if days > 0:
        return INFO, 0
    if days == 0:
        return SOON, 1
    return (CRITICAL, 3) if priority == "high" else (SOON, 2)


def renewal(*, days: int, stake: bool) -> str:
    """`days` until the contract ends."""
    if days <= RENEWAL_CLOSE:
        return CRITICAL if stake else SOON
    return SOON if days <= RENEWAL_NEAR and stake else INFO


def payment(*, attempts: int, last: bool, stake: bool) -> str:
    """`last`: no further attempt is planned. The first one often fails and the second succeeds."""
    return CRITICAL if stake and (last or attempts > 1) else SOON


def next_ping(*, kind: str, severity: str, person: TeamMember, now: datetime) -> datetime:
    """When somebody may be told: at once if it cannot wait, else in their working time."""
    if severity == CRITICAL or kind == "meeting_soon":
        return now
    return next_working(person, now)


class Change(StrEnum):
    RAISED = "raised"
    RISEN = "risen"
    WOKEN = "woken"
    MOVED = "moved"
    UNANSWERED = "unanswered"
    UNKEPT = "unkept"
    ESCALATED = "escalated"
    HANDED_OVER = "handed_over"
    TAKEN = "taken"
    UNDONE = "undone"
    SNOOZED = "snoozed"
    CHANGED = "changed"
    CLOSED = "closed"


class Part(StrEnum):
    """What somebody has to do with an alert."""

    OWNER = "owner"
    OLD_OWNER = "old owner"
    MANAGER = "manager"
    ACTOR = "whoever did it"
    OTHER = "anybody else"


class Reach(StrEnum):
    MENTION = "mention"
    DM = "dm"
    DIGEST = "digest"
    NOTHING = "nothing"


ASKED = {
    (Change.RAISED, Part.OWNER),
    (Change.RISEN, Part.OWNER),
    (Change.WOKEN, Part.OWNER),
    (Change.MOVED, Part.OWNER),
    (Change.UNANSWERED, Part.OWNER),
    (Change.UNKEPT, Part.OWNER),
    (Change.HANDED_OVER, Part.OWNER),
    (Change.HANDED_OVER, Part.OLD_OWNER),
    (Change.ESCALATED, Part.MANAGER),
}


def reach(*, change: Change, part: Part, alerts_by: str, severity: str) -> Reach:
    """The one way in which a change reaches a person; never for their own act."""
    if (change, part) not in ASKED:
        return Reach.NOTHING
    if change is Change.ESCALATED:
        return Reach.MENTION
    if change is Change.UNANSWERED:
        # Those who chose direct messages have had theirs.
        late = severity == CRITICAL and alerts_by != Reach.DM
        return Reach.DM if late else Reach.NOTHING
    if alerts_by == Reach.DIGEST and severity != CRITICAL:
        return Reach.DIGEST
    # What somebody has promised is between them and csbot.
    return Reach.DM if alerts_by == Reach.DM or change is Change.UNKEPT else Reach.MENTION
