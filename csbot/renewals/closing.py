"""How a renewal ends: won or lost, what the account and its revenue become, and the way back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.service import settle
from csbot.find import account_by_id
from csbot.payments.booking import fields_of
from csbot.renewals.model import Renewal
from csbot.renewals.rules import a_year, add_months, anchor
from csbot.renewals.sync import sync
from csbot.revenue import Revenue
from csbot.settings import Settings
from csbot.team.model import TeamMember

SOURCE = "renewal"
CENT = Decimal("0.01")
Facts = dict[str, Any]


@dataclass(frozen=True)
class Won:
    """`billed`: billing tells this account's revenue, so the ledger waits for its word.

    `arr_before` is a year's revenue by the contract that ends, None where it is not known; `until`
    is when the new one ends.
    """

    account: Account
    renewal: Renewal
    billed: bool
    arr_before: Decimal | None
    until: date


def win(
    session: Session,
    renewal: Renewal,
    *,
    final_amount: Decimal,
    final_months: int,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> Won:
    """Close an open renewal as won: `final_amount` is what all `final_months` of the term bring.

    What billing tells of the account is left to billing, here as in imports.
    """
    account = account_by_id(session, renewal.account_id, lock=True)
    arr_before = account.arr
    told = fields_of(session, [account.id]).get(account.id, {})
    until = _until(session, renewal, final_months)
    wanted: dict[str, Any] = {
        "renewal_on": until,
        "contract_months": final_months,
        "arr": a_year(amount=final_amount, months=final_months),
    }
    wanted = {name: value for name, value in wanted.items() if name not in told}
    before = _facts(renewal) | {"account": {name: getattr(account, name) for name in wanted}}
    before["months_due"] = account.contract_months
    rows = [] if told else _terms(session, account, renewal, final_amount / final_months)
    before["revenue"] = _book(session, account.id, rows)
    renewal.final_amount, renewal.final_months = final_amount, final_months
    _close(session, renewal, "won", now)
    for name, value in wanted.items():
        setattr(account, name, value)
    account.updated_at = now
    after = _facts(renewal) | {"account": wanted, "revenue": rows}
    _record(session, renewal, "renewal.won", before, after, by=by, now=now)
    sync(session, [account.id], now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Won(account, renewal, billed=bool(told), arr_before=arr_before, until=until)


def _until(session: Session, renewal: Renewal, months: int) -> date:
    """When the new term ends: a contract that began on a 31st goes back to it after February."""
    terms = session.execute(
        select(Renewal.due_on, Renewal.final_months)
        .where(Renewal.account_id == renewal.account_id, Renewal.due_on < renewal.due_on)
        .where(Renewal.status == "won", Renewal.final_months.is_not(None))
        .order_by(Renewal.due_on)
    )
    meant = anchor(((ended, months or 0) for ended, months in terms), renewal.due_on)
    return add_months(renewal.due_on, months, anchor=meant)


def signed_on(session: Session, account_ids: Collection[int]) -> set[tuple[int, date]]:
    """Accounts with the ends of contracts after which another one is signed."""
    won = select(Renewal.account_id, Renewal.due_on).where(Renewal.status == "won")
    found = session.execute(won.where(among(session, Renewal.account_id, account_ids)))
    return {(id, day) for id, day in found}


def lose(
    session: Session, renewal: Renewal, *, by: TeamMember, now: datetime, why: str | None
) -> None:
    """Close an open renewal as lost; the revenue goes with the customer, when they leave."""
    before = _facts(renewal)
    _close(session, renewal, "lost", now)
    _record(session, renewal, "renewal.lost", before, _facts(renewal), by=by, now=now, why=why)


def reopen(
    session: Session, renewal: Renewal, *, before: Facts, after: Facts, now: datetime
) -> None:
    """Take a closing back by its record; what somebody has changed since on the account stays."""
    account = account_by_id(session, renewal.account_id, lock=True)
    for name, value in (after.get("account") or {}).items():
        if _plain(getattr(account, name)) == value:
            setattr(account, name, _read(name, before["account"][name]))
            account.updated_at = now
    _unbook(session, account.id, before.get("revenue") or [], after.get("revenue") or [])
    renewal.final_amount, renewal.final_months = None, None
    # As if the date itself had come back: sync opens this one and withdraws its successor.
    renewal.status = "renewed" if account.renewal_on == renewal.due_on else "open"
    renewal.closed_at = None
    sync(session, [account.id], now)


def _close(session: Session, renewal: Renewal, status: str, now: datetime) -> None:
    renewal.status, renewal.closed_at = status, now
    session.flush()


def _terms(
    session: Session, account: Account, renewal: Renewal, mrr: Decimal
) -> list[dict[str, Any]]:
    """The new term's revenue; and the ended one's, where the ledger knows of none.

    Without that a customer of years would count as new on the day of their renewal.
    """
    earlier = select(func.count()).where(
        Revenue.account_id == account.id, Revenue.effective_on < renewal.due_on
    )
    rows = [_row(renewal.due_on, mrr, renewal.currency)]
    if account.arr and not session.scalar(earlier):
        began = add_months(renewal.due_on, -account.contract_months)
        rows.insert(0, _row(began, account.arr / 12, account.currency))
    return rows


def _row(day: date, mrr: Decimal, currency: str) -> dict[str, Any]:
    return {"effective_on": day, "mrr": _cents(mrr), "currency": currency, "source": SOURCE}


def _book(session: Session, account_id: int, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write these days' revenue; returns what stood on them before."""
    days = [row["effective_on"] for row in rows]
    held = select(Revenue).where(Revenue.account_id == account_id, Revenue.effective_on.in_(days))
    there = {row.effective_on: row for row in session.scalars(held)}
    before = [{name: getattr(row, name) for name in rows[0]} for row in there.values()]
    for wanted in rows:
        row = there.get(wanted["effective_on"]) or Revenue(account_id=account_id)
        for name, value in wanted.items():
            setattr(row, name, value)
        session.add(row)
    session.flush()
    return before


def _unbook(session: Session, account_id: int, before: list[Facts], after: list[Facts]) -> None:
    days = [date.fromisoformat(row["effective_on"]) for row in after]
    session.execute(
        delete(Revenue).where(
            Revenue.account_id == account_id,
            Revenue.effective_on.in_(days),
            Revenue.source == SOURCE,
        )
    )
    there = set(
        session.scalars(select(Revenue.effective_on).where(Revenue.account_id == account_id))
    )
    for row in before:
        told = {name: _read(name, value) for name, value in row.items()}
        if told["effective_on"] not in there:
            session.add(Revenue(account_id=account_id, **told))
    session.flush()


def _facts(renewal: Renewal) -> Facts:
    names = ("status", "closed_at", "final_amount", "final_months", "currency")
    return {name: getattr(renewal, name) for name in names}


def _record(
    session: Session,
    renewal: Renewal,
    verb: str,
    before: Facts,
    after: Facts,
    *,
    by: TeamMember,
    now: datetime,
    why: str | None = None,
) -> None:
    audit.record(
        session,
        verb=verb,
        subject=f"renewal:{renewal.id}",
        by=by.id,
        now=now,
        account=renewal.account_id,
        before=_plain(before),
        after=_plain(after),
        why=why,
    )


def _plain(value: Any) -> Any:
    """As the audit keeps it: amounts, days and moments as text."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return str(_cents(value))
    return value.isoformat() if isinstance(value, date) else value


def _read(name: str, value: Any) -> Any:
    """A plain value as its column has it."""
    if value is None:
        return None
    if name in {"arr", "mrr"}:
        return Decimal(value)
    return date.fromisoformat(value) if name.endswith("_on") else value


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
