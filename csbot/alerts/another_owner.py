"""Alerts of an account or a task that is somebody else's now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from csbot import audit
from csbot.alerts import journal
from csbot.alerts.among import put
from csbot.alerts.finding import Finding, person_of
from csbot.alerts.model import Alert
from csbot.alerts.pings import Pings
from csbot.alerts.posting import Deadlines
from csbot.alerts.rules import Change
from csbot.alerts.scope import Scope

Known = Row[*tuple[Any, ...]]
REOPENED = "alert.reopened"


def begin(scope: Scope, moved: list[tuple[Known, Finding]]) -> None:
    """From now on it is the new owner who has time to act, and in whose hours they are told.

    What the former owner had taken is to be taken anew. Where no person gave it to the new owner,
    who has told them then, it is told by a ping.
    """
    if not moved:
        return
    _open_again(scope, {alert.id: person_of(alert.fingerprint) for alert, _ in moved})
    unheard = {a.id for a, f in moved if scope.actor is None and a.owner_id != f.person_id}
    rows = scope.session.execute(
        select(
            Alert.id, Alert.kind, Alert.playbook, Alert.severity, Alert.owner_id, Alert.posted_at,
            Alert.post_at,
        ).where(scope.among(Alert.id, [alert.id for alert, _ in moved]), Alert.state == "open")
    )  # fmt: skip
    deadlines, pings = Deadlines(scope, {}), Pings(scope)
    posted: dict[tuple[datetime | None, ...], list[int]] = {}
    coming: dict[tuple[datetime], list[int]] = {}
    told: dict[tuple[str, datetime], list[int]] = {}
    for row in rows:
        at = pings.at(row.kind, row.severity, row.owner_id)
        if row.posted_at is not None:
            further = deadlines.dm_at(row), deadlines.escalate_at(row, heard=True)
            posted.setdefault(further, []).append(row.id)
        if row.post_at is not None:
            coming.setdefault((at,), []).append(row.id)
        elif row.posted_at is not None and row.owner_id is not None and row.id in unheard:
            told.setdefault((Change.MOVED, at), []).append(row.id)
    put(scope.session, ["dm_at", "escalate_at"], posted)
    put(scope.session, ["post_at"], coming)
    put(scope.session, ["ping", "post_at"], told)


def _open_again(scope: Scope, formers: Mapping[int, int | None]) -> None:
    """Their promise is void with it; what somebody else has taken stays with them."""
    held = select(Alert.id, Alert.account_id, Alert.kind, Alert.evidence, Alert.taken_by_id).where(
        scope.among(Alert.id, list(formers)), Alert.state == "taken"
    )
    theirs = [row for row in scope.session.execute(held) if formers[row.id] == row.taken_by_id]
    opened = update(Alert).where(scope.among(Alert.id, [row.id for row in theirs]))
    scope.session.execute(
        opened.values(
            state="open", taken_by_id=None, taken_at=None, undo=None, undo_until=None,
            changed_at=scope.now,
        )
    )  # fmt: skip
    entries = [
        audit.entry(
            verb=REOPENED, subject=f"alert:{row.id}", account=row.account_id, by=None,
            now=scope.now, before={"state": "taken", "by": row.taken_by_id},
            after=journal.about(row.kind, row.evidence) | {"state": "open", "by": None},
        )
        for row in theirs
    ]  # fmt: skip
    audit.record_all(scope.session, entries)
