"""What people do to alerts. Each changes it, records it, and brings its messages up to date."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows, require
from csbot.alerts import cards, journal, posting, promises, rules
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import Outcome, detect
from csbot.alerts.scope import Scope
from csbot.errors import Forbidden, Refused, Wrong, all_at_once
from csbot.find import by_id
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import zone
from messages.ago import ago
from messages.alert_card import AlertCard

__all__ = ["Outcome", "detect", "settle", "snooze", "take", "touched", "undo", "wake"]

SNOOZE_MAX = timedelta(days=90)
REASON_MAX = 300
STILL = "You can still log a check-in."


def take(
    session: Session, *, alert_id: int, by: TeamMember, now: datetime, settings: Settings
) -> AlertCard | None:
    """Acknowledge: `by` has it. Returns the card where no message of its own shows it."""
    alert = opened(session, alert_id, by)
    _refuse_taken(session, alert, by, now)
    return _taken(session, alert, by, now, settings)


def _taken(
    session: Session, alert: Alert, by: TeamMember, now: datetime, settings: Settings
) -> AlertCard | None:
    before = standing(alert)
    _take(alert, by, now, settings)
    promises.make(session, alert, by=by, now=now)
    return _finish(session, alert, "alert.taken", before, by, now, settings)


def _take(alert: Alert, by: TeamMember, now: datetime, settings: Settings) -> None:
    minutes = settings.config.thresholds.undo_minutes
    alert.undo = {
        "by": by.id,
        "ping": alert.ping,
        "post_at": _text(alert.post_at),
        "dm_at": _text(alert.dm_at),
        "escalate_at": _text(alert.escalate_at),
    }
    alert.undo_until = now + timedelta(minutes=minutes) if minutes else None
    alert.state, alert.taken_by_id, alert.taken_at = "taken", by.id, now
    _quiet(alert)


def _quiet(alert: Alert) -> None:
    """Nobody is told any more: somebody has it."""
    alert.ping = alert.post_at = alert.dm_at = alert.escalate_at = None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def undo(
    session: Session, *, alert_id: int, by: TeamMember, now: datetime, settings: Settings
) -> AlertCard | None:
    """Take an acknowledgement back, within minutes: whoever pressed, and managers."""
    alert = opened(session, alert_id, by)
    if alert.state != "taken" or alert.undo is None:
        raise Refused("There is nothing to undo here any more.")
    if alert.undo_until is None or alert.undo_until <= now:
        minutes = settings.config.thresholds.undo_minutes
        raise Refused(f"Undo works for {minutes} minutes. Hand it over or snooze it instead.")
    if alert.undo["by"] != by.id and not allows(by.role, May.ASSIGN_ANY):
        raise Forbidden("Only whoever acknowledged it, or a manager, can undo that.")
    before, kept = standing(alert), alert.undo
    alert.state, alert.taken_by_id, alert.taken_at = "open", None, None
    alert.ping = kept["ping"]
    for name in ("post_at", "dm_at", "escalate_at"):
        value = kept[name]
        setattr(alert, name, datetime.fromisoformat(value) if value else None)
    alert.undo = alert.undo_until = None
    return _finish(session, alert, "alert.undone", before, by, now, settings)


def snooze(
    session: Session,
    *,
    alert_id: int,
    until: datetime,
    reason: str,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> AlertCard | None:
    """Leave it be until a moment, for a reason that everybody can read."""
    alert = opened(session, alert_id, by)
    check_snooze(until=until, reason=reason, now=now)
    before, reason = standing(alert), reason.strip()
    alert.state, alert.snoozed_by_id = "snoozed", by.id
    alert.snoozed_until, alert.snooze_reason = until, reason
    alert.undo = alert.undo_until = None
    _quiet(alert)
    return _finish(session, alert, "alert.snoozed", before, by, now, settings, why=reason)


@all_at_once
def check_snooze(*, until: datetime, reason: str, now: datetime) -> Wrong:
    if until <= now:
        yield Refused("Choose a time that is still to come.", field="until")
    if until - now > SNOOZE_MAX:
        yield Refused(f"Snooze for {SNOOZE_MAX.days} days at most.", field="until")
    if not reason.strip():
        yield Refused("Say in a few words why it can wait.", field="reason")
    if len(reason) > REASON_MAX:
        yield Refused(f"At most {REASON_MAX} characters.", field="reason")


def wake(
    session: Session, *, alert_id: int, by: TeamMember, now: datetime, settings: Settings
) -> AlertCard | None:
    """End a snooze before its time; the owner is told, unless it is they who do it."""
    alert = opened(session, alert_id, by)
    if alert.state != "snoozed":
        raise Refused("It is not snoozed any more.")
    before, scope = standing(alert), Scope.load(session, settings, now)
    alert.state, alert.taken_by_id, alert.taken_at = "open", None, None
    alert.snoozed_by_id = alert.snoozed_until = alert.snooze_reason = None
    if alert.posted_at is None:
        alert.ping, alert.post_at = "raised", _ping_at(scope, alert)
    elif (told := scope.told(alert.owner_id)) is None or told.id != by.id:
        alert.ping, alert.post_at = "woken", _ping_at(scope, alert)
    else:
        alert.escalate_at = posting.Deadlines(scope, {}).escalate_at(alert)
    shown = _finish(session, alert, "alert.woken", before, by, now, settings)
    posting.post_due(scope)
    return shown


def _ping_at(scope: Scope, alert: Alert) -> datetime:
    person = scope.clock_of(alert.owner_id)
    return rules.next_ping(kind=alert.kind, severity=alert.severity, person=person, now=scope.now)


def settle(
    session: Session,
    *,
    account_id: int,
    by: TeamMember,
    settings: Settings,
    now: datetime,
    alert_id: int | None = None,
) -> None:
    """Close what an act on the account has settled; the alert it came from is the actor's now."""
    session.flush()
    if alert_id is not None:
        followed_up(session, alert_id=alert_id, by=by, now=now, settings=settings)
    touched(session, account_ids=[account_id], settings=settings, now=now, by=by)


def turned(
    session: Session,
    *,
    account_id: int,
    settings: Settings,
    now: datetime,
    by: TeamMember | None = None,
) -> None:
    """We, or they, had a word: the cards of what was open before say whose move it is now."""
    session.flush()
    ids = session.scalars(
        select(Alert.id).where(
            Alert.account_id == account_id, Alert.closed_at.is_(None), Alert.posted_at < now
        )
    ).all()
    if ids:
        actor = by.id if by else None
        posting.rewrite(Scope.load(session, settings, now, actor=actor), ids)


def followed_up(
    session: Session, *, alert_id: int, by: TeamMember, now: datetime, settings: Settings
) -> None:
    """Somebody acted on the account from this alert: it is theirs, unless somebody has it."""
    alert = session.get(Alert, alert_id, with_for_update=True)
    if alert is None or alert.closed_at is not None or alert.state != "open":
        return
    _taken(session, alert, by, now, settings)


def touched(
    session: Session,
    *,
    account_ids: Collection[int],
    settings: Settings,
    now: datetime,
    by: TeamMember | None = None,
) -> Outcome:
    """Look at these accounts anew, so that what `by` has settled closes at once."""
    actor = by.id if by else None
    return detect(session, settings=settings, now=now, accounts=account_ids, actor=actor)


def opened(session: Session, alert_id: int, by: TeamMember) -> Alert:
    """The alert, locked, if it is still there to be acted on."""
    require(by, May.ACT_ON_ALERTS)
    missing = "I know no such alert any more."
    alert = by_id(session, Alert, alert_id, missing=missing, lock=True)
    if alert.closed_at is not None:
        day = alert.closed_at.astimezone(zone(by))
        because = alert.closed_because or ""
        raise Refused(f"This one closed on {day:%d %b, %H:%M}, so nothing was changed. {because}")
    return alert


def _refuse_taken(session: Session, alert: Alert, by: TeamMember, now: datetime) -> None:
    if alert.state == "taken" and alert.taken_at:
        if alert.taken_by_id == by.id:
            raise Refused(f"You took this one {ago(alert.taken_at, now=now)}. {STILL}")
        name = _name(session, alert.taken_by_id)
        raise Refused(f"{name} took this one {ago(alert.taken_at, now=now)}. {STILL}")
    if alert.state == "snoozed" and alert.snoozed_until:
        until = alert.snoozed_until.astimezone(zone(by))
        name = _name(session, alert.snoozed_by_id)
        raise Refused(f"{name} snoozed this one until {until:%a %d %b, %H:%M}. {STILL}")


def _name(session: Session, id: int | None) -> str:
    member = session.get(TeamMember, id) if id else None
    return member.name if member else "Somebody"


def standing(alert: Alert) -> dict[str, Any]:
    """Whose move it is and until when, for the audit."""
    found = {"state": alert.state, "by": alert.taken_by_id}
    if alert.state == "snoozed":
        found |= {"by": alert.snoozed_by_id, "until": _text(alert.snoozed_until)}
    return found


def _finish(
    session: Session,
    alert: Alert,
    verb: str,
    before: dict[str, Any],
    by: TeamMember,
    now: datetime,
    settings: Settings,
    why: str | None = None,
) -> AlertCard | None:
    alert.changed_at, alert.version = now, alert.version + 1
    after = journal.about(alert.kind, alert.evidence) | standing(alert)
    audit.record(
        session, verb=verb, subject=f"alert:{alert.id}", account=alert.account_id, by=by.id,
        now=now, before=before, after=after, why=why,
    )  # fmt: skip
    scope = Scope.of_one(session, settings, now)
    posting.rewrite_one(scope, alert)
    if alert.posted_at is not None and alert.group_id is None:
        return None
    card = cards.load(scope, [alert.id])[alert.id]
    return card if isinstance(card, AlertCard) else None
