"""Another time for what taking an alert promised: more of it, once for each reason."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows
from csbot.alerts import posting, promise_rules, show
from csbot.alerts.model import Alert, AlertPromise
from csbot.alerts.promises import make, open_of
from csbot.alerts.scope import Scope
from csbot.alerts.service import opened
from csbot.audit import AuditEntry
from csbot.away.cover import acts_as
from csbot.errors import Forbidden, Refused
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.alert_card import sentence
from messages.promises import ByWhenForm

MOVED = "promise.moved"


def form(
    session: Session,
    *,
    alert_id: int,
    by: TeamMember,
    settings: Settings,
    now: datetime,
    promise_id: int | None = None,
) -> ByWhenForm:
    """Asks for another time; `promise_id` where an older message stands for that promise alone."""
    alert, card = show.look(session, alert_id=alert_id, by=by, settings=settings, now=now)
    promise = _movable(session, alert, by, now, promise_id)
    usual = promise_rules.due_at(severity="soon", member=by, now=now)
    until = max(promise.due_at, usual) if promise else usual
    return ByWhenForm(
        alert_id=alert_id, promise_id=promise_id, about=sentence(card), until=until,
        now=promise.due_at if promise else None,
    )  # fmt: skip


def move(
    session: Session,
    *,
    alert_id: int,
    until: datetime,
    reason: str,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    promise_id: int | None = None,
) -> None:
    """More time, or less: for a reason that everybody can read, and that counts once."""
    alert = opened(session, alert_id, by)
    promise = _movable(session, alert, by, now, promise_id)
    before = _reasons(session, promise, alert.account_id) if promise else []
    promise_rules.check_move(until=until, reason=reason, before=before, now=now)
    was = promise.due_at if promise else None
    promise = promise or make(session, alert, by=_holder(session, alert, by), now=now)
    session.flush()  # a new one has its number then
    promise.due_at, promise.reason, promise.moves = until, reason.strip(), promise.moves + 1
    audit.record(
        session, verb=MOVED, subject=f"promise:{promise.id}", account=alert.account_id,
        by=by.id, now=now, why=promise.reason,
        before={"due_at": was.isoformat() if was else None}, after={"due_at": until.isoformat()},
    )  # fmt: skip
    alert.changed_at, alert.version = now, alert.version + 1
    posting.rewrite_one(Scope.of_one(session, settings, now), alert)


def _movable(
    session: Session, alert: Alert, by: TeamMember, now: datetime, promise_id: int | None
) -> AlertPromise | None:
    """What `by` may move; None where a taken alert has no promise any more: it can have a new one.

    Refused, with what has become of it, when it is nobody's or somebody else's.
    """
    promise = next(iter(open_of(session, alert.id)), None)
    if alert.state != "taken" or (promise_id and (not promise or promise.id != promise_id)):
        raise Refused("That promise is over, so nothing was changed. The alert says how it stands.")
    mine = alert.taken_by_id in acts_as(session, by, now)
    if not mine and not allows(by.role, May.ASSIGN_ANY):
        raise Forbidden("Only whoever has it, or a manager, can say by when.")
    return promise


def _holder(session: Session, alert: Alert, by: TeamMember) -> TeamMember:
    """Whose promise it is, also where a manager gives the time."""
    held = session.get(TeamMember, alert.taken_by_id) if alert.taken_by_id else None
    return held or by


def _reasons(session: Session, promise: AlertPromise, account_id: int) -> list[str]:
    query = select(AuditEntry.why).where(
        AuditEntry.account_id == account_id,
        AuditEntry.at >= promise.made_at,
        AuditEntry.verb == MOVED,
        AuditEntry.subject == f"promise:{promise.id}",
    )
    return [why for why in session.scalars(query) if why]
