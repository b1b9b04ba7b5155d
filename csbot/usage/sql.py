"""The statements of the way in, as each database runs them fastest, a fixed number a batch.

PostgreSQL takes all rows as one JSON document; SQLite's driver is fastest with a row at a time,
and its only writer sees beforehand what is there.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlalchemy.orm import Session

Row = tuple[Any, ...]

USERS = "SELECT key, id, group_id, email, same_as_id FROM product_users WHERE key "
SAME = "SELECT id, key, group_id, email FROM product_users WHERE id "
GROUPS = "SELECT key, id FROM product_groups WHERE key "
ANY, EACH = "= ANY(%s)", "IN (SELECT value FROM json_each(?))"
SEEN = """SELECT message_id FROM usage_events
WHERE source = ? AND message_id IN (SELECT value FROM json_each(?))"""

# By table: what comes first, PostgreSQL's rows, SQLite's one, what comes last.
EVENTS = (
    """INSERT INTO usage_events
    (source, message_id, user_id, group_id, type, name, at, received_at, properties) """,
    """SELECT r->>0, r->>1, (r->>2)::int, (r->>3)::int, r->>4, r->>5, (r->>6)::timestamptz,
    (r->>7)::timestamptz, (r->>8)::json FROM jsonb_array_elements(%s::jsonb) AS r""",
    "VALUES (?,?,?,?,?,?,?,?,?)",
    " ON CONFLICT (source, message_id) DO NOTHING RETURNING message_id",
)
COUNTS = (
    """SELECT (r->>0)::int, (r->>1)::date, r->>2, (r->>3)::int, (r->>4)::bigint, (r->>5)::int
    FROM jsonb_array_elements(%s::jsonb) AS r""",
    "VALUES (?,?,?,?,?,?)",
)
BY_USER = (
    "INSERT INTO usage_by_user (user_id, day, feature, events, active_seconds, logins) ",
    *COUNTS,
    """ ON CONFLICT (user_id, day, feature) DO UPDATE SET
    events = usage_by_user.events + excluded.events,
    active_seconds = usage_by_user.active_seconds + excluded.active_seconds,
    logins = usage_by_user.logins + excluded.logins""",
)
BY_GROUP = (
    "INSERT INTO usage_by_group (group_id, day, feature, events, active_seconds, logins) ",
    *COUNTS,
    """ ON CONFLICT (group_id, day, feature) DO UPDATE SET
    events = usage_by_group.events + excluded.events,
    active_seconds = usage_by_group.active_seconds + excluded.active_seconds,
    logins = usage_by_group.logins + excluded.logins""",
)
NEW = (
    """SELECT r->>0, '{}'::json, (r->>1)::timestamptz
    FROM jsonb_array_elements(%s::jsonb) AS r""",
    "VALUES (?, '{}', ?)",
    " ON CONFLICT (key) DO NOTHING",
)
NEW_USERS = ("INSERT INTO product_users (key, traits, first_seen_at) ", *NEW)
NEW_GROUPS = ("INSERT INTO product_groups (key, traits, first_seen_at) ", *NEW)
Insert = tuple[str, str, str, str]


class Tables:
    """One transaction's reads and writes."""

    def __init__(self, session: Session) -> None:
        self._run: Connection = session.connection()
        self._lite = self._run.dialect.name == "sqlite"

    def users(self, keys: list[str]) -> dict[str, Row]:
        """For each known key the id, key, group and address of whom it stands for."""
        found = self._read(USERS, keys)
        same = {row[4] for row in found if row[4] is not None}
        others = {row[0]: row for row in self._read(SAME, list(same))} if same else {}
        return {row[0]: others.get(row[4]) or (row[1], row[0], row[2], row[3]) for row in found}

    def groups(self, keys: list[str]) -> dict[str, int]:
        return dict(self._read(GROUPS, keys))

    def add_users(self, keys: Iterable[str], now: datetime) -> None:
        self._insert(NEW_USERS, [(key, self.stamp(now)) for key in sorted(keys)])

    def add_groups(self, keys: Iterable[str], now: datetime) -> None:
        self._insert(NEW_GROUPS, [(key, self.stamp(now)) for key in sorted(keys)])

    def add_events(self, rows: list[Row]) -> set[str]:
        """The message ids that were new. All rows are of one source."""
        if not self._lite:
            return {row[0] for row in self._insert(EVENTS, rows)}
        ids = json.dumps([row[1] for row in rows])
        seen = {row[0] for row in self._run.exec_driver_sql(SEEN, (rows[0][0], ids))}
        new = [row for row in rows if row[1] not in seen]
        if new:
            self._run.exec_driver_sql(EVENTS[0] + EVENTS[2], new)
        return {row[1] for row in new}

    def add_up(self, table: Insert, rows: list[Row]) -> None:
        """Rows of owner, day, feature, events, seconds, logins; in an order that all keep."""
        self._insert(table, rows)

    def stamp(self, moment: datetime) -> str:
        """A time as the database stores it."""
        if self._lite:
            return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        return moment.isoformat()

    def _read(self, query: str, keys: list[Any]) -> Sequence[Any]:
        if not keys:
            return []
        if self._lite:
            return self._run.exec_driver_sql(query + EACH, (json.dumps(keys),)).fetchall()
        return self._run.exec_driver_sql(query + ANY, (keys,)).fetchall()

    def _insert(self, parts: Insert, rows: list[Row]) -> Any:
        into, many, row, rest = parts
        if self._lite:
            return self._run.exec_driver_sql(into + row + rest, rows)
        return self._run.exec_driver_sql(into + many + rest, (orjson.dumps(rows).decode(),))
