"""Whom each call is about, and whom it counts for: rows that are there, or are made now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from csbot.usage.reading import ANONYMOUS, OWN, Call
from csbot.usage.sql import Tables
from csbot.usage.traits import merged


@dataclass(slots=True)
class User:
    """Somebody by the row that counts; `key` is that row's."""

    id: int
    key: str
    group_id: int | None
    email: str | None

    @property
    def own_group(self) -> str:
        return OWN + self.key


@dataclass(slots=True)
class Placed:
    """A call with its rows; `group` is the group's key where the call or the batch names one.

    `stamp` is when, as the database has it: in UTC, the day first.
    """

    call: Call
    user: User
    group: str | None
    stamp: str
    group_id: int = 0


def place(tables: Tables, calls: Sequence[Call], now: datetime) -> list[Placed]:
    """In the order of the calls: a `group` call counts for what comes after it."""
    users = _users(tables, calls, now)
    for call in calls:
        if call.other is not None:
            _same(call, users)
    placed = [Placed(call, users[call.user], call.group, tables.stamp(call.at)) for call in calls]
    _name_groups(placed)
    ids = _groups(tables, {one.group for one in placed if one.group}, now)
    for one in placed:
        one.group_id = ids[one.group] if one.group else one.user.group_id or 0
    return placed


def others(call: Call) -> tuple[str, ...]:
    """The keys that are the same person by this call; an alias may mean either kind of id."""
    if call.other is None:
        return ()
    return (call.other, ANONYMOUS + call.other) if call.type == "alias" else (call.other,)


def _users(tables: Tables, calls: Sequence[Call], now: datetime) -> dict[str, User]:
    keys = {call.user for call in calls}
    hinted = {key for call in calls if call.other for key in others(call)}
    found = _read(tables, keys | hinted)
    # An alias of an id that nobody has used yet is remembered as an anonymous one.
    wanted = keys | {others(c)[-1] for c in calls if c.other and not found.keys() & set(others(c))}
    if missing := wanted - found.keys():
        tables.add_users(missing, now)
        found |= _read(tables, missing)
    return found


def _read(tables: Tables, keys: set[str]) -> dict[str, User]:
    return {key: User(*row) for key, row in tables.users(list(keys)).items()}


def _same(call: Call, users: dict[str, User]) -> None:
    """From here on they are one; who is somebody else already stays that."""
    for key in others(call):
        other = users.get(key)
        if other is not None and other.key == key:
            users[key] = users[call.user]


def _name_groups(placed: list[Placed]) -> None:
    current: dict[int, str] = {}
    for one in placed:
        if one.call.type == "group" and one.group:
            current[one.user.id] = one.group
        elif one.call.counted and one.group is None:
            one.group = current.get(one.user.id) or _home(one.user)
    for one in placed:  # who somebody is holds for the whole batch
        if not one.call.counted and one.group is None:
            one.group = current.get(one.user.id) or _home(one.user)


def _home(user: User) -> str | None:
    """None where the user's row names the group."""
    return user.own_group if user.group_id is None else None


def _groups(tables: Tables, keys: set[str], now: datetime) -> dict[str, int]:
    found = tables.groups(list(keys))
    if missing := keys - found.keys():
        tables.add_groups(missing, now)
        found |= tables.groups(list(missing))
    return found


@dataclass(frozen=True)
class Told:
    """All that the calls of a type said of one user or group, the newest last, and when."""

    traits: dict[str, Any]
    at: datetime


def told(placed: Iterable[Placed], kind: str, of: Callable[[Placed], int]) -> dict[int, Told]:
    calls: dict[int, list[Call]] = {}
    for one in sorted(placed, key=lambda one: one.call.at):
        if one.call.type == kind:
            calls.setdefault(of(one), []).append(one.call)
    return {
        id: Told(merged(call.traits for call in several), several[-1].at)
        for id, several in calls.items()
    }
