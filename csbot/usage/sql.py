"""The statements of the way in, as each database runs them fastest, a fixed number a batch.

PostgreSQL takes all rows as one JSON document; SQLite's driver is fastest with a row at a time,
and its only writer sees beforehand what is there.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlalchemy.orm import Session

Row = tuple[Any, ...]
Rows = Sequence[Sequence[Any]]

# Each for PostgreSQL, and as one row for SQLite: its driver gives Python's lock away at each.
Query = tuple[str, str]
USERS = (
    "SELECT key, id, group_id, email, same_as_id FROM product_users WHERE key = ANY(%s)",
    """SELECT json_group_array(json_array(key, id, group_id, email, same_as_id))
    FROM product_users WHERE key IN (SELECT value FROM json_each(?))""",
)
SAME = (
    "SELECT id, key, group_id, email FROM product_users WHERE id = ANY(%s)",
    """SELECT json_group_array(json_array(id, key, group_id, email))
    FROM product_users WHERE id IN (SELECT value FROM json_each(?))""",
)
GROUPS = (
    "SELECT key, id FROM product_groups WHERE key = ANY(%s)",
    """SELECT json_group_array(json_array(key, id))
    FROM product_groups WHERE key IN (SELECT value FROM json_each(?))""",
)
LAST = "SELECT coalesce(max(id), 0) FROM usage_events"
SINCE = "SELECT json_group_array(message_id) FROM usage_events WHERE id > ?"
NAIVE = 26  # letters of a time without its zone
PIECES = (8, 64, 512)  # rows of a statement, of at most 9 values each: SQLite takes 32,766

# By table: what comes first, PostgreSQL's rows, SQLite's one, what comes last.
EVENTS = (
    """INSERT INTO usage_events
    (source, message_id, user_id, group_id, type, name, at, received_at, properties) """,
    """SELECT r->>0, r->>1, (r->>2)::int, (r->>3)::int, r->>4, r->>5, (r->>6)::timestamptz,
    (r->>7)::timestamptz, (r->>8)::json FROM jsonb_array_elements(%s::jsonb) AS r""",
    "(?,?,?,?,?,?,?,?,?)",
    " ON CONFLICT (source, message_id) DO NOTHING",
)
COUNTS = (
    """SELECT (r->>0)::int, (r->>1)::date, r->>2, (r->>3)::int, (r->>4)::bigint, (r->>5)::int
    FROM jsonb_array_elements(%s::jsonb) AS r""",
    "(?,?,?,?,?,?)",
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
    "(?, '{}', ?)",
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
            return {row[0] for row in self._run_many(EVENTS, rows, " RETURNING message_id")}
        last = self._run.exec_driver_sql(LAST).scalar()
        if self._in_pieces(EVENTS, rows) == len(rows):
            return {row[1] for row in rows}
        return set(orjson.loads(self._run.exec_driver_sql(SINCE, (last,)).scalar_one()))

    def add_up(self, table: Insert, rows: Rows) -> None:
        """Rows of owner, day, feature, events, seconds, logins; in an order that all keep."""
        self._insert(table, rows)

    def stamp(self, moment: datetime) -> str:
        """A time as the database stores it."""
        if self._lite:
            return moment.astimezone(UTC).isoformat(" ", "microseconds")[:NAIVE]
        return moment.isoformat()

    def _read(self, query: Query, keys: list[Any]) -> Sequence[Any]:
        if not keys:
            return []
        theirs, ours = query
        if not self._lite:
            return self._run.exec_driver_sql(theirs, (keys,)).fetchall()
        found = self._run.exec_driver_sql(ours, (json.dumps(keys),)).scalar_one()
        rows: list[Row] = orjson.loads(found)
        return rows

    def _insert(self, parts: Insert, rows: Rows) -> None:
        if self._lite:
            self._in_pieces(parts, rows)
        else:
            self._run_many(parts, rows)

    def _run_many(self, parts: Insert, rows: Rows, told: str = "") -> Any:
        into, many, _, rest = parts
        asked = into + many + rest + told
        return self._run.exec_driver_sql(asked, (orjson.dumps(rows).decode(),))

    def _in_pieces(self, parts: Insert, rows: Rows) -> int:
        """How many rows there are more, or were changed.

        Some hundred rows a statement: with one a row the driver gives Python's lock away, and waits
        for it again, at each. There are few lengths, so that it knows the statements from before.
        """
        done = 0
        for start in range(0, len(rows), PIECES[-1]):
            piece = rows[start : start + PIECES[-1]]
            size = next(size for size in PIECES if size >= len(piece))
            told = [*chain.from_iterable(piece), *(None,) * ((size - len(piece)) * len(piece[0]))]
            asked = _statement(parts, size), (*told, len(piece))
            done += self._run.exec_driver_sql(*asked).rowcount
        return done


@lru_cache(64)
def _statement(parts: Insert, size: int) -> str:
    """For `size` rows, of which it takes as many as its last value says."""
    into, _, row, rest = parts
    values = ", ".join([row] * size)
    return "".join((into, "SELECT * FROM (VALUES ", values, ") WHERE true LIMIT ?", rest))
