"""Where somebody is mentioned in what is kept, and how the mention is taken out."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    String,
    Table,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy import update as change
from sqlalchemy.orm import Session

from csbot.db.tables import metadata

ERASED = "erased"


@dataclass(frozen=True)
class Mention:
    """A word that stands for somebody: everywhere, or only in what is about these accounts."""

    word: str
    accounts: dict[int, str] | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """Also as JSON spells it within a text, where letters beyond ASCII may be numbers."""
        spelt = "|".join(re.escape(word) for word in (self.word, json.dumps(self.word)[1:-1]))
        return re.compile(rf"(?<!\w)(?:{spelt})(?!\w)", re.IGNORECASE)


def take_out(session: Session, mentions: list[Mention]) -> dict[str, int]:
    """How many rows of which column lost a mention; a fixed number of statements a column."""
    instead, changed = f"{ERASED}-{token_hex(4)}", dict[str, int]()
    for table, column in _columns():
        for mention in mentions:
            put = instead if _is_unique(table, column) else ERASED
            if count := _in_column(session, table, column, mention, put):
                name = f"{table.name}.{column.name}"
                changed[name] = changed.get(name, 0) + count
    return changed


def _in_column(
    session: Session, table: Table, column: Column[Any], mention: Mention, put: str
) -> int:
    keys = list(table.primary_key)
    rows = session.execute(select(*keys, column).where(*_mentioning(table, column, mention))).all()
    new = []
    for *key, value in rows:
        without = _without(value, mention.pattern, put)
        if without != value:
            new.append({f"key_{i}": part for i, part in enumerate(key)} | {"value": without})
    if new:
        same = [key == bindparam(f"key_{i}") for i, key in enumerate(keys)]
        changed = change(table).where(*same).values({column: bindparam("value", type_=column.type)})
        session.connection().execute(changed, new)
    return len(new)


def _mentioning(table: Table, column: Column[Any], mention: Mention) -> list[ColumnElement[bool]]:
    tests = [may_contain(column, mention.word)]
    if mention.accounts is not None:
        of = table.c.get("account_id") if table.name != "accounts" else table.c["id"]
        if of is not None:
            tests.append(of.in_(list(mention.accounts)))
        else:
            tests.append(or_(*[may_contain(column, name) for name in mention.accounts.values()]))
    return tests


def may_contain(column: ColumnElement[Any] | Any, word: str) -> ColumnElement[bool]:
    """By its longest part in ASCII: SQLite knows the case of no other letter."""
    part = max(re.findall(r"[\x20-\x7e]+", word), key=len, default="")
    return func.lower(cast(column, String)).contains(part.lower(), autoescape=True)


def _without(value: Any, pattern: re.Pattern[str], put: str) -> Any:
    if isinstance(value, str):
        return pattern.sub(put, value)
    if isinstance(value, list):
        return [_without(one, pattern, put) for one in value]
    if isinstance(value, dict):
        return {pattern.sub(put, k): _without(one, pattern, put) for k, one in value.items()}
    return value


def _columns() -> Iterator[tuple[Table, Column[Any]]]:
    """What holds words; an account's own names are no person's."""
    for table in metadata.tables.values():
        for column in table.c:
            named = table.name == "accounts" and column.name in ("name", "name_key", "domain")
            if isinstance(column.type, String | JSON) and not column.primary_key and not named:
                yield table, column


def _is_unique(table: Table, column: Column[Any]) -> bool:
    alone = [c.columns.keys() for c in table.constraints if hasattr(c, "columns")]
    return bool(column.unique) or [column.name] in alone
