"""Closes alerts whose cause is gone, and says why it is."""

from typing import Any

from sqlalchemy import select, update

from csbot.accounts.model import Account
from csbot.alerts import journal
from csbot.alerts.finding import LEFT, REMOVED, Detector, Ending, Endings, Gone
from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope


def close(scope: Scope, detector: Detector, ids: list[int]) -> list[int]:
    """The ids of those that this has closed."""
    gone = _still_open(scope, ids)
    if not gone:
        return []
    endings = _endings(scope, detector, gone)
    scope.session.execute(update(Alert), [_closed(scope, one, endings[one.id]) for one in gone])
    after = [(one.id, one.account_id, journal.about(detector.kind, one.evidence)) for one in gone]
    why = {id: ending.because for id, ending in endings.items()}
    journal.record(scope, "alert.closed", after, why=why)
    return [one.id for one in gone]


def _still_open(scope: Scope, ids: list[int]) -> list[Gone]:
    """Locked, and without those that somebody's act has closed in the meantime."""
    if not ids:
        return []
    query = select(Alert.id, Alert.account_id, Alert.subject, Alert.evidence).where(
        scope.among(Alert.id, ids), Alert.closed_at.is_(None)
    )
    rows = scope.session.execute(query.order_by(Alert.id).with_for_update())
    return [Gone(*row) for row in rows]


def _closed(scope: Scope, alert: Gone, ending: Ending) -> dict[str, Any]:
    return {
        "id": alert.id,
        "state": "closed",
        "evidence": alert.evidence | {"ended": ending.how},
        "closed_at": scope.now,
        "closed_because": ending.because,
        "changed_at": scope.now,
        "ping": None,
        "post_at": None,
        "dm_at": None,
        "escalate_at": None,
        "undo": None,
        "undo_until": None,
    }


def _endings(scope: Scope, detector: Detector, gone: list[Gone]) -> Endings:
    """What has settled an alert goes before the customer's leaving, which came on top."""
    left = _churned(scope, gone) if detector.customers_only else set()
    own = detector.because(scope, gone)
    return {
        one.id: own.get(one.id) or (LEFT if one.account_id in left else REMOVED) for one in gone
    }


def _churned(scope: Scope, gone: list[Gone]) -> set[int]:
    query = select(Account.id).where(
        scope.among(Account.id, {alert.account_id for alert in gone}),
        Account.lifecycle_stage == "churned",
    )
    return set(scope.session.scalars(query))
