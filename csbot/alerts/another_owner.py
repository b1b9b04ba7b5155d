"""Alerts of an account or a task that is somebody else's now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from csbot.alerts.among import put
from csbot.alerts.model import Alert
from csbot.alerts.pings import Pings
from csbot.alerts.posting import Deadlines
from csbot.alerts.scope import Scope


def begin(scope: Scope, formers: Mapping[int, int | None]) -> None:
    """From now on it is the new owner who has time to act, and in whose hours they are told.

    `formers` says whose each alert was. What they had taken is to be taken anew.
    """
    if not formers:
        return
    _open_again(scope, formers)
    ids = list(formers)
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


def _open_again(scope: Scope, formers: Mapping[int, int | None]) -> None:
    """Their promise is void with it; what somebody else has taken stays with them."""
    held = select(Alert.id, Alert.taken_by_id).where(
        scope.among(Alert.id, list(formers)), Alert.state == "taken"
    )
    theirs = [row.id for row in scope.session.execute(held) if formers[row.id] == row.taken_by_id]
    opened = update(Alert).where(scope.among(Alert.id, theirs))
    scope.session.execute(
        opened.values(
            state="open", taken_by_id=None, taken_at=None, undo=None, undo_until=None,
            changed_at=scope.now,
        )
    )  # fmt: skip
