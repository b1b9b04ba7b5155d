"""Alerts of an account or a task that is somebody else's now."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from csbot.alerts.among import put
from csbot.alerts.model import Alert
from csbot.alerts.pings import Pings
from csbot.alerts.posting import Deadlines
from csbot.alerts.scope import Scope


def begin(scope: Scope, ids: Collection[int]) -> None:
    """From now on it is the new owner who has time to act, and in whose hours they are told."""
    if not ids:
        return
    rows = scope.session.execute(
        select(
            Alert.id, Alert.kind, Alert.playbook, Alert.severity, Alert.owner_id, Alert.posted_at,
            Alert.post_at,
        ).where(scope.among(Alert.id, ids), Alert.state == "open")
    )  # fmt: skip
    deadlines, pings = Deadlines(scope, {}), Pings(scope)
    posted: dict[tuple[datetime | None, ...], list[int]] = {}
    coming: dict[tuple[datetime], list[int]] = {}
    for row in rows:
        if row.posted_at is not None:
            further = deadlines.dm_at(row), deadlines.escalate_at(row, heard=True)
            posted.setdefault(further, []).append(row.id)
        if row.post_at is not None:
            coming.setdefault((pings.at(row.kind, row.severity, row.owner_id),), []).append(row.id)
    put(scope.session, ["dm_at", "escalate_at"], posted)
    put(scope.session, ["post_at"], coming)
