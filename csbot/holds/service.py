"""What admins do with what is held: let it go, leave it unsaid, or wait."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.alerts.reconcile import detect
from csbot.alerts.scope import Scope
from csbot.errors import Refused
from csbot.find import by_id
from csbot.holds import telling
from csbot.holds.model import HeldAlert, Hold
from csbot.holds.standing import DROPPED, KNOWN, RELEASED
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import zone
from messages.ago import ago

AT_ONCE = 300  # raised while a person waits; more of them within minutes, by the next run
OTHERWISE = "This button is from an older version of the message."
DID = {
    RELEASED: "released these alerts",
    KNOWN: "made these alerts known without a word",
    DROPPED: "dropped these alerts",
}


def release(
    session: Session, *, hold_id: int, by: TeamMember, now: datetime, settings: Settings
) -> None:
    """Raise all of it as if nothing had been held."""
    hold = waiting(session, hold_id, by, now)
    _end(session, hold, RELEASED, by, now, settings)


def make_known(
    session: Session, *, hold_id: int, by: TeamMember, now: datetime, settings: Settings
) -> None:
    """Start from today: what is true already stands in lists and pings nobody."""
    hold = waiting(session, hold_id, by, now)
    _only(hold, "start")
    _end(session, hold, KNOWN, by, now, settings)


def drop(
    session: Session, *, hold_id: int, by: TeamMember, now: datetime, settings: Settings
) -> None:
    """Nobody hears of it; what gets worse, or goes away and comes back, is an alert again."""
    hold = waiting(session, hold_id, by, now)
    _only(hold, "flood")
    _end(session, hold, DROPPED, by, now, settings)


def wait(
    session: Session, *, hold_id: int, by: TeamMember, now: datetime, settings: Settings
) -> None:
    """Ask anew in a day."""
    hold = waiting(session, hold_id, by, now)
    _only(hold, "flood")
    if hold.look_again_at is not None:
        until = hold.look_again_at.astimezone(zone(by))
        raise Refused(f"It waits already. I ask again on {until:%a %d %b, %H:%M}.")
    hold.look_again_at = now + telling.ASK_AGAIN
    _record(session, hold, "hold.waits", by, now)
    telling.rewrite(Scope.of_one(session, settings, now), hold)


def waiting(session: Session, hold_id: int, by: TeamMember, now: datetime) -> Hold:
    """The hold, locked, if nobody has decided yet."""
    require(by, May.HOLDS)
    missing = "I know nothing of these alerts any more."
    hold = by_id(session, Hold, hold_id, missing=missing, lock=True)
    if hold.ended_at is not None:
        raise Refused(f"{_how(session, hold, by)} {ago(hold.ended_at, now=now)}. {UNCHANGED}")
    return hold


UNCHANGED = "Nothing was changed now."


def _how(session: Session, hold: Hold, by: TeamMember) -> str:
    if hold.ended not in DID:
        return "None of this was true any more"
    member = session.get(TeamMember, hold.ended_by_id) if hold.ended_by_id else None
    name = "You" if hold.ended_by_id == by.id else member.name if member else "Somebody"
    return f"{name} {DID[hold.ended]}"


def _only(hold: Hold, reason: str) -> None:
    if hold.reason != reason:
        raise Refused(OTHERWISE)


def _end(
    session: Session, hold: Hold, how: str, by: TeamMember, now: datetime, settings: Settings
) -> None:
    hold.ended, hold.ended_at, hold.ended_by_id, hold.look_again_at = how, now, by.id, None
    _record(session, hold, f"hold.{how}", by, now)
    session.flush()
    telling.rewrite(Scope.of_one(session, settings, now), hold)
    if how != DROPPED:
        _raise_now(session, hold, settings, now)


def _raise_now(session: Session, hold: Hold, settings: Settings, now: datetime) -> None:
    """A few at once; of many, the next run does it in slices, and finds what was let go."""
    query = select(HeldAlert.kind, HeldAlert.account_id).where(HeldAlert.hold_id == hold.id)
    rows = session.execute(query.limit(AT_ONCE + 1)).all()
    if 0 < len(rows) <= AT_ONCE:
        kinds: Collection[str] = sorted({row.kind for row in rows})
        accounts = {row.account_id for row in rows}
        detect(session, settings=settings, now=now, kinds=kinds, accounts=accounts)


def _record(session: Session, hold: Hold, verb: str, by: TeamMember, now: datetime) -> None:
    audit.record(
        session, verb=verb, subject=f"hold:{hold.id}", by=by.id, now=now,
        after={"alerts": hold.counts["alerts"]},
    )  # fmt: skip
