"""Alerts as they stood before somebody's act, once that act is taken back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from csbot.alerts import journal, posting, promises, rules
from csbot.alerts.model import Alert
from csbot.alerts.promise_rules import Fate
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry


def restore(scope: Scope, alert: Alert, before: dict[str, Any]) -> None:
    """`before` is what the audit keeps: state, by, until; and reason, for a snooze."""
    alert.state, by = before["state"], before.get("by")
    taken, snoozed = alert.state == "taken", alert.state == "snoozed"
    alert.taken_by_id, alert.taken_at = (by, alert.taken_at or scope.now) if taken else (None, None)
    alert.snoozed_by_id = by if snoozed else None
    alert.snoozed_until = datetime.fromisoformat(before["until"]) if snoozed else None
    alert.snooze_reason = before.get("reason") if snoozed else None
    alert.undo = alert.undo_until = None
    promised = promises.open_of(scope.session, alert.id)
    for promise in promised if not taken else ():
        promises.end(scope.session, promise, alert.account_id, Fate.VOID, scope.now)
    if taken and not promised and (taker := scope.person(by)):
        promises.make(scope.session, alert, by=taker, now=scope.now)
    _set_clocks(scope, alert)
    alert.changed_at, alert.version = scope.now, alert.version + 1
    posting.rewrite_one(scope, alert)


def reopen(scope: Scope, accounts: Collection[int], *, at: datetime) -> None:
    """Those that csbot closed at that moment because of an act; the next look decides anew."""
    for alert in _closed(scope, accounts, at):
        alert.closed_at = alert.closed_because = None
        alert.evidence = {name: v for name, v in alert.evidence.items() if name != "ended"}
        alert.state = "taken" if alert.taken_by_id else "open"
        if alert.snoozed_until and alert.snoozed_until > scope.now:
            alert.state = "snoozed"
        _set_clocks(scope, alert)
        alert.changed_at, alert.version = scope.now, alert.version + 1
        scope.session.flush()
        told = (alert.id, alert.account_id, journal.about(alert.kind, alert.evidence))
        journal.record(scope, "alert.reopened", [told])
        posting.rewrite_one(scope, alert)


def _closed(scope: Scope, accounts: Collection[int], at: datetime) -> list[Alert]:
    """Without those that the same cause has raised anew in the meantime."""
    entries = select(AuditEntry.subject).where(
        AuditEntry.verb == "alert.closed",
        AuditEntry.at == at,
        scope.among(AuditEntry.account_id, accounts),
    )
    ids = [int(subject.rpartition(":")[2]) for subject in scope.session.scalars(entries)]
    other = aliased(Alert)
    again = exists().where(
        other.kind == Alert.kind, other.playbook == Alert.playbook,
        other.account_id == Alert.account_id, other.subject == Alert.subject,
        other.closed_at.is_(None),
    )  # fmt: skip
    gone = select(Alert).where(scope.among(Alert.id, ids), Alert.closed_at == at, ~again)
    return list(scope.session.scalars(gone.order_by(Alert.id).with_for_update()))


def _set_clocks(scope: Scope, alert: Alert) -> None:
    """Nobody is pinged anew by what is taken back; whoever owns it has time from now on."""
    alert.ping = alert.post_at = alert.dm_at = alert.escalate_at = None
    if alert.state != "open":
        return
    if alert.posted_at is None:
        owner = scope.clock_of(alert.owner_id)
        alert.ping = "raised"
        alert.post_at = rules.next_ping(
            kind=alert.kind, severity=alert.severity, person=owner, now=scope.now
        )
    else:
        alert.escalate_at = posting.Deadlines(scope, {}).escalate_at(alert)
