"""Audit rows for many alerts at once."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert

from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry


def about(kind: str, evidence: dict[str, Any]) -> dict[str, Any]:
    """Which alert an entry is about, for whoever reads the account's timeline."""
    title = evidence.get("title")
    return {"kind": kind} | ({"title": title} if title else {})


def record_seen(scope: Scope, verb: str, kind: str, alerts: Iterable[Any]) -> None:
    """As `record`, of alerts of a kind: id, account id, evidence, severity."""
    after = [
        (id, account_id, about(kind, evidence) | {"severity": severity})
        for id, account_id, evidence, severity in alerts
    ]
    record(scope, verb, after)


def record(
    scope: Scope,
    verb: str,
    alerts: Iterable[tuple[int, int, dict[str, Any]]],
    *,
    why: dict[int, str] | None = None,
) -> None:
    """What csbot did by itself to these alerts: id, account id, what it became."""
    rows = [
        {
            "at": scope.now,
            "by_id": None,
            "verb": verb,
            "subject": f"alert:{id}",
            "account_id": account_id,
            "after": after,
            "why": (why or {}).get(id),
        }
        for id, account_id, after in alerts
    ]
    if rows:
        scope.session.execute(insert(AuditEntry), rows)
