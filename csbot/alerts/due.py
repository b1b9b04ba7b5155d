"""Which alerts are to be said now, and which of them share a place."""

from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    select,
    tuple_,
)

from csbot.alerts.among import EVERYTHING
from csbot.alerts.groups import Place
from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope
from csbot.db.base import UTCDateTime

Due = Row[*tuple[Any, ...]]
PLACE = Alert.kind, Alert.playbook, Alert.channel


def to_be_said(scope: Scope, at_once: bool, most: int | None) -> list[Due]:
    """At most so many, but of each place that has more than a few all or none; locked."""
    due = _due(scope, at_once, limit=most)
    if len(due) == most and (crowded := _crowded(scope, at_once, most)):
        # What looks like a few may be the rest of many.
        due = _due(scope, at_once, among=crowded)
    return due


@cache
def _is_due(at_once: bool) -> ColumnElement[bool]:
    now = bindparam("now", type_=UTCDateTime())
    return and_(
        Alert.closed_at.is_(None),
        Alert.state == "open",
        Alert.post_at.is_not(None) if at_once else Alert.post_at <= now,
    )


def _crowded(scope: Scope, at_once: bool, most: int) -> list[Place]:
    """Where more than a few are due, as many places as have `most` of them, or one."""
    query = (
        select(*PLACE, func.count())
        .where(_is_due(at_once), Alert.posted_at.is_(None))
        .group_by(*PLACE)
        .having(func.count() > scope.limits.group_above)
        .order_by(*PLACE)
        .limit(most)
    )
    query = scope.narrow(query, Alert.account_id)
    rows = scope.session.execute(query, {"now": scope.now}).all()
    sizes = accumulate(count for *_, count in rows)
    fitting = sum(size <= most for size in sizes)
    return [Place(*place) for *place, _ in rows[: max(fitting, 1)]]


def _due(
    scope: Scope, at_once: bool, *, among: list[Place] | None = None, limit: int | None = None
) -> list[Due]:
    """All, the first few, or those in these places that no message shows yet."""
    query = scope.narrow(_locked(at_once), Alert.account_id)
    if among is not None:
        query = query.where(Alert.posted_at.is_(None), tuple_(*PLACE).in_(among))
    given = {"now": scope.now, "most": limit or EVERYTHING}
    return list(scope.session.execute(query, given))


@cache
def _locked(at_once: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Alert.id, *PLACE, Alert.owner_id, Alert.severity, Alert.ping,
            Alert.posted_at, Alert.group_id, Alert.version,
        )
        .where(_is_due(at_once))
        .order_by(Alert.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update()
    )  # fmt: skip


def place_of(row: Due) -> Place:
    return Place(row.kind, row.playbook, row.channel)


def by_place(rows: Iterable[Due]) -> dict[Place, list[Due]]:
    places: dict[Place, list[Due]] = {}
    for row in rows:
        places.setdefault(place_of(row), []).append(row)
    return places
