"""What billing set at an account goes back to what stood there, once billing says it no longer.

The record of changes tells both. What a person or an import has set since stays.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.audit import AuditEntry

VERBS = (
    "billing.plan_changed", "billing.renewal_changed", "billing.arr_changed", "billing.mrr_changed",
)  # fmt: skip
READ: dict[str, Callable[[Any], Any]] = {
    "plan": str,
    "renewal_on": date.fromisoformat,
    "contract_months": int,
    "arr": Decimal,
}
Steps = list[tuple[Any, Any]]


def taken_back(
    session: Session, accounts: Iterable[Account], told: Mapping[int, Collection[str]]
) -> dict[int, dict[str, Any]]:
    """By account, what is to stand there again; `told` are the fields that billing speaks of."""
    silent = {
        account: [name for name in READ if name not in told[account.id]]
        for account in accounts
        if account.id in told
    }
    held = {
        account: [name for name in names if getattr(account, name) is not None]
        for account, names in silent.items()
    }
    steps = _steps(session, [account.id for account, names in held.items() if names])
    back: dict[int, dict[str, Any]] = {}
    for account, names in held.items():
        for name in names:
            mine = steps.get((account.id, name), [])
            if mine and mine[-1][1] == getattr(account, name):
                back.setdefault(account.id, {})[name] = _root(mine)
    return back


def _steps(session: Session, account_ids: Collection[int]) -> dict[tuple[int, str], Steps]:
    """From what to what billing has brought each field, oldest first."""
    found: dict[tuple[int, str], Steps] = {}
    if not account_ids:
        return found
    entry = AuditEntry
    query = select(entry.account_id, entry.before, entry.after).where(
        among(session, entry.account_id, account_ids), entry.verb.in_(VERBS)
    )
    for account_id, before, after in session.execute(query.order_by(entry.id)):
        for name, was, became in _fields(before or {}, after or {}):
            found.setdefault((account_id, name), []).append((was, became))
    return found


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name, read in READ.items():
        if name in after:
            was, became = before.get(name), after[name]
            yield name, was and read(was), became and read(became)


def _root(steps: Steps) -> Any:
    """What stood there before the first of the last steps that follow upon one another."""
    value = steps[-1][0]
    for was, became in reversed(steps[:-1]):
        if became != value:
            break
        value = was
    return value
