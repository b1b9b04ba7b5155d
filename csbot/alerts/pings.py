"""When somebody may be told of an alert, reckoned once for all that are alike."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from csbot.alerts import rules
from csbot.alerts.among import put
from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope


class Pings:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._known: dict[tuple[str, str, int | None], datetime] = {}

    def at(self, kind: str, severity: str, person_id: int | None) -> datetime:
        alike = (kind, severity, person_id)
        if alike not in self._known:
            person = self._scope.clock_of(person_id)
            self._known[alike] = rules.next_ping(
                kind=kind, severity=severity, person=person, now=self._scope.now
            )
        return self._known[alike]


def release(scope: Scope, kinds: Collection[str]) -> int:
    """Say when they are to be told, of all that were raised and held; returns how many."""
    held = scope.session.execute(_held(), {"kinds": list(kinds)}).all()
    pings, times = Pings(scope), dict[tuple[datetime], list[int]]()
    for id, kind, severity, owner_id in held:
        times.setdefault((pings.at(kind, severity, owner_id),), []).append(id)
    put(scope.session, ["post_at"], times)
    return len(held)


@cache
def _held() -> Select[*tuple[Any, ...]]:
    return (
        select(Alert.id, Alert.kind, Alert.severity, Alert.owner_id)
        .where(
            Alert.closed_at.is_(None),
            Alert.ping == "raised",
            Alert.post_at.is_(None),
            Alert.kind.in_(bindparam("kinds", expanding=True)),
        )
        .order_by(Alert.id)
        .with_for_update()
    )
