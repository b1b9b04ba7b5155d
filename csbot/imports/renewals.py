"""The open renewal that an account's renewal date stands for."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.imports.store import Row, insert_rows, table_of, update_rows
from csbot.renewals.model import Renewal

RENEWAL = table_of(Renewal)
CATEGORY = "probable"  # until somebody says otherwise
STILL_OPEN_FOR = timedelta(days=30)  # older dates in a CRM are stale, not renewals at stake


def renew(
    session: Session,
    due: Mapping[int, tuple[Row, Row | None]],
    *,
    now: datetime,
    notice: Callable[[str], None],
) -> set[int]:
    """Add or move the open renewal of each account; the ids of those where something changed."""
    had = _had(session, due)
    new, moved, stale = [], [], 0
    for account_id, (account, before) in due.items():
        rows = had.get(account_id, [])
        opened = [row for row in rows if row["status"] == "open"]
        same = [row for row in rows if row["due_on"] == account["renewal_on"]]
        if same:
            moved += [row for row in same if row in opened and _amount(row, account, before)]
        elif opened:
            moved.append(_moved(opened[0], account, before))
        elif account["renewal_on"] < now.date() - STILL_OPEN_FOR:
            stale += 1
        else:
            new.append(_new(account_id, account, now))
    if stale:
        dates = "renewal date is" if stale == 1 else "renewal dates are"
        notice(f"{stale:,} {dates} long past, so no open renewal was made.")
    insert_rows(session, RENEWAL, new)
    update_rows(session, RENEWAL, [_written(row) for row in moved])
    return {row["account_id"] for row in (*new, *moved)}


def _had(session: Session, due: Mapping[int, object]) -> dict[int, list[Row]]:
    query = select(RENEWAL).where(RENEWAL.c.account_id.in_(list(due))).order_by(RENEWAL.c.due_on)
    had: dict[int, list[Row]] = {}
    for row in session.execute(query).mappings():
        had.setdefault(row["account_id"], []).append(dict(row))
    return had


def _moved(row: Row, account: Row, before: Row | None) -> Row:
    row["due_on"] = account["renewal_on"]
    _amount(row, account, before)
    return row


def _amount(row: Row, account: Row, before: Row | None) -> bool:
    """Follow the ARR, unless somebody has set another amount by hand; True when it changed."""
    was = before["arr"] if before else None
    wanted = (account["arr"], account["currency"] or row["currency"])
    if wanted[0] is None or wanted == (row["amount_due"], row["currency"]):
        return False
    if row["amount_due"] not in (was, Decimal(0)):
        return False
    row["amount_due"], row["currency"] = wanted
    return True


def _new(account_id: int, account: Row, now: datetime) -> Row:
    due_on: date = account["renewal_on"]
    return {
        "account_id": account_id,
        "due_on": due_on,
        "amount_due": account["arr"] or Decimal(0),
        "currency": account["currency"] or "USD",
        "category": CATEGORY,
        "status": "open",
        "created_at": now,
    }


def _written(row: Row) -> Row:
    return {name: row[name] for name in ("id", "due_on", "amount_due", "currency")}
