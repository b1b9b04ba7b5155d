"""The roll-ups of a batch: one row a user or group, day and feature, and one for all features."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from csbot.usage.model import GroupUsage
from csbot.usage.sql import BY_GROUP, BY_USER, Tables
from csbot.usage.who import Placed

OTHER = "other"
REMEMBERED = 20_000
Key = tuple[int, str, str]  # owner, day, feature


def count(session: Session, tables: Tables, placed: Iterable[Placed], *, most: int) -> None:
    """Add new events to both roll-ups; `most` features a group and day, the rest are one."""
    counted = [(one, one.stamp[:10]) for one in placed if one.call.counted]
    if not counted:
        return
    features = _features(session, most)
    features.prepare(session, {(one.group_id, day) for one, day in counted})
    by_user, by_group = Sums(), Sums()
    for one, day in counted:
        call = one.call
        feature = features.allowed(one.group_id, day, call.feature)
        by_user.add((one.user.id, day, feature), call.seconds, call.login)
        by_group.add((one.group_id, day, feature), call.seconds, call.login)
    tables.add_up(BY_USER, by_user.rows())
    tables.add_up(BY_GROUP, by_group.rows())


class Sums:
    """Events, seconds and logins by owner, day and feature."""

    def __init__(self) -> None:
        self._found: dict[Key, list[Any]] = {}

    def add(self, key: Key, seconds: int, login: bool, events: int = 1) -> None:
        row = self._found.get(key)
        if row is None:
            self._found[key] = [*key, events, seconds, int(login)]
        else:
            row[3] += events
            row[4] += seconds
            row[5] += login

    def rows(self) -> list[list[Any]]:
        """With those of all features, in an order that all keep."""
        for (owner, day, feature), row in list(self._found.items()):
            if feature:
                self.add((owner, day, ""), row[4], row[5], row[3])
        return sorted(self._found.values())


class _Features:
    """Which features a group has had on a day, as far as this process knows.

    A guard against event names that hold ids: other processes may add a few beyond the limit.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[tuple[int, str], set[str]] = OrderedDict()
        self._lock = Lock()

    def prepare(self, session: Session, wanted: set[tuple[int, str]]) -> None:
        with self._lock:
            missing = wanted - self._known.keys()
        if not missing:
            return
        found = _features_of(session, missing)
        with self._lock:
            for key in missing:
                self._known.setdefault(key, found.get(key, set()))
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def allowed(self, group: int, day: str, feature: str) -> str:
        known = self._known.get((group, day))
        if not feature or known is None or feature in known:
            return feature
        with self._lock:
            if len(known) >= self._most:
                return OTHER
            known.add(feature)
        return feature


_by_engine: WeakKeyDictionary[Engine, _Features] = WeakKeyDictionary()


def _features(session: Session, most: int) -> _Features:
    return _by_engine.setdefault(session.get_bind().engine, _Features(most))


def _features_of(session: Session, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], set[str]]:
    found: dict[tuple[int, str], set[str]] = {}
    groups = {group for group, _ in wanted}
    days = {date.fromisoformat(day) for _, day in wanted}
    query = select(GroupUsage.group_id, GroupUsage.day, GroupUsage.feature)
    within = GroupUsage.group_id.in_(groups), GroupUsage.day.in_(days), GroupUsage.feature != ""
    for group, day, feature in session.execute(query.where(*within)):
        found.setdefault((group, day.isoformat()), set()).add(feature)
    return found
