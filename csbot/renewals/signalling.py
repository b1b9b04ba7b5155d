"""Keeps the signal of every renewal that is near: one query for all, one statement for changes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, null, or_, select, update
from sqlalchemy.orm import Session

from csbot import sources
from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.conditions.fields import FIELDS
from csbot.conditions.frame import Frame
from csbot.renewals.model import Renewal
from csbot.renewals.rules import Category
from csbot.renewals.signal import Facts, Told, told
from csbot.settings import Settings

NEAR = timedelta(days=180)
COUNTED = ("feedback", "payment_failed", "renewal")  # facts of their own, or our own doing
ASKED = ("health_change", "usage_change", "nps", "last_login", "unpaid")


def tell_all(session: Session, *, settings: Settings, now: datetime) -> int:
    """Write what the data says of each open renewal, where that has changed; returns how many."""
    rows = session.execute(_query(session, settings, now))
    changed = list(_changed(rows, settings, now))
    if changed:
        session.execute(update(Renewal), changed)
        session.expire_all()  # the bulk update went past what this session had loaded
    return len(changed)


def _changed(rows: Any, settings: Settings, now: datetime) -> Iterator[dict[str, Any]]:
    low = settings.config.thresholds.low_health
    for row in rows:
        said = _told(row, low, now) if _near(row, now) else None
        signal, why = (str(said.category), list(said.why)) if said else (None, None)
        if (row.signal, row.signal_why) != (signal, why):
            at = row.signal_at if signal == row.signal else now if said else None
            yield {"id": row.id, "signal": signal, "signal_why": why, "signal_at": at}


def _told(row: Row[Any], low: int, now: datetime) -> Told:
    before = Category(row.signal) if row.signal else None
    return told(_facts(row, now), low_health=low, now=now, before=before)


def _near(row: Row[Any], now: datetime) -> bool:
    return bool(row.due_on <= now.date() + NEAR)


def _facts(row: Row[Any], now: datetime) -> Facts:
    change = row.usage_change
    return Facts(
        days_left=(row.due_on - now.date()).days,
        health=row.health,
        health_change=row.health_change,
        usage_change=None if change is None else round(change),
        nps=row.nps,
        last_login=row.last_login,
        critical=row.critical,
        unpaid=row.unpaid,
    )


def _query(session: Session, settings: Settings, now: datetime) -> Select[Any]:
    """Those that are near, and those that were: what is known of an account is asked as in
    conditions, so that a playbook over `account.nps` sees the same.
    """
    silent = frozenset(sources.silent(session, settings.config.silent_after, now))
    frame = Frame(now=now, account=Account, silent=silent)
    asked = {name: FIELDS[f"account.{name}"].sql(frame) for name in ASKED}
    critical = (
        select(Alert.id)
        .where(Alert.account_id == Account.id, Alert.closed_at.is_(None))
        .where(Alert.severity == "critical", Alert.kind.not_in(COUNTED))
        .exists()
    )
    return (
        select(
            Renewal.id, Renewal.due_on, Renewal.signal, Renewal.signal_why, Renewal.signal_at,
            Account.health, critical.label("critical"),
            *(_column(name, sql) for name, sql in asked.items()),
        )
        .join(Account, Account.id == Renewal.account_id)
        .where(Renewal.status == "open")
        .where(or_(Renewal.due_on <= now.date() + NEAR, Renewal.signal.is_not(None)))
    )  # fmt: skip


def _column(name: str, sql: Any) -> Any:
    """NULL where the field's source is silent."""
    return (null() if sql is None else sql).label(name)
