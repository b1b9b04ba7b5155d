"""The audit of a file: an entry for every row that is new or changed, written together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from csbot.audit import AuditEntry
from csbot.imports.run import Run
from csbot.imports.store import Row, insert_rows, table_of

LOGIN = {"last_login_at"}


def entry(
    run: Run,
    *,
    verb: str,
    subject: str,
    before: Row,
    after: Row,
    names: Iterable[str],
    line: int,
    account: int | None = None,
) -> Row:
    """Of `names` only what differs, so a line of the log stays short; `before` empty: it is new."""
    told = [name for name in names if before.get(name) != after[name]]
    return {
        "at": run.now,
        "by_id": run.by,
        "verb": verb,
        "subject": subject,
        "account_id": account,
        "before": _plain({name: before[name] for name in told}) if before else None,
        "after": _plain({name: after[name] for name in told}),
        "why": run.why(line),
    }


def record_all(session: Session, entries: Sequence[Row]) -> None:
    """Audit rows like `csbot.audit.record` writes one.

    A later login alone is left out: a nightly file would fill the audit with news of the product.
    """
    acts = [one for one in entries if not (one["before"] and set(one["after"]) == LOGIN)]
    insert_rows(session, table_of(AuditEntry), acts)


def _plain(values: Mapping[str, Any]) -> Row:
    """Values as JSON holds them."""
    return {
        name: value if isinstance(value, str | int | bool | list | dict | None) else str(value)
        for name, value in values.items()
    }
