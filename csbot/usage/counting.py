"""The roll-ups of a batch: one row a user or group, day and feature, and one for all features."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from datetime import date
from threading import Lock
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
    by_user: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    by_group: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one, day in counted:
        user, group, seconds, login = one.user.id, one.group_id, one.call.seconds, one.call.login
        feature = features.allowed(group, day, one.call.feature)
        rows = [by_user[user, day, ""], by_group[group, day, ""]]
        if feature:
            rows += [by_user[user, day, feature], by_group[group, day, feature]]
        for row in rows:
            row[0] += 1
            row[1] += seconds
            row[2] += login
    tables.add_up(BY_USER, [(*key, *row) for key, row in sorted(by_user.items())])
    tables.add_up(BY_GROUP, [(*key, *row) for key, row in sorted(by_group.items())])


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
