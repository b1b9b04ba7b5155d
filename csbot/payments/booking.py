"""Brings accounts up to what billing says: revenue, ARR, plan, renewal. From the whole history
each time, so that events may come in any order and any number of times.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.alerts.among import among, batches
from csbot.payments.model import BillingCustomer, SubscriptionState
from csbot.payments.rules import MONTHS, change_kind, plain_amount
from csbot.payments.standing import Figure, Standing, State, standing
from csbot.payments.withdrawn import taken_back
from csbot.renewals.sync import sync
from csbot.revenue import Revenue

SOURCE = "stripe"
CHURN = "churn"  # rows by which a person's record says that nothing comes in any more
NOTHING = Decimal(0)


class _Held(NamedTuple):
    """A row of revenue as it is now."""

    id: int
    source: str
    figure: Figure


@dataclass
class _Changes:
    """What is to be written, for all accounts together."""

    gone: list[int] = field(default_factory=list)
    new: list[dict[str, Any]] = field(default_factory=list)
    renewals: set[int] = field(default_factory=set)
    entries: list[dict[str, Any]] = field(default_factory=list)


def book(session: Session, account_ids: Collection[int], *, now: datetime) -> None:
    """Write what billing says of these accounts; doing it again changes nothing."""
    if not account_ids:
        return
    session.flush()
    accounts = _locked(session, account_ids)
    history, held = _history(session, account_ids), _held(session, account_ids)
    standings = {account.id: standing(history.get(account.id, [])) for account in accounts}
    back = taken_back(session, accounts, _spoken(standings, held))
    changes = _Changes()
    for account in accounts:
        known, former = held.get(account.id, []), back.get(account.id, {})
        now_is = standings[account.id]
        before = _last(known)
        _revenue(account.id, known, now_is, changes)
        if now_is is not None:
            told = _record_revenue(account, before, known, now_is, changes, now)
            _account(account, former | _fields(now_is), changes, now, told)
        elif any(row.source == SOURCE for row in known):
            _account(account, _without(known, former), changes, now)
    _write(session, changes)
    sync(session, sorted(changes.renewals), now)


def fields_of(session: Session, account_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What these accounts' own fields are by billing's word: others that bring them give way."""
    told = {id: standing(states) for id, states in _history(session, account_ids).items()}
    return {id: _fields(now_is) for id, now_is in told.items() if now_is is not None}


def _locked(session: Session, account_ids: Collection[int]) -> list[Account]:
    """As they are now, in one order: two customers of an account may be heard of at once."""
    query = select(Account).where(among(session, Account.id, account_ids)).order_by(Account.id)
    fresh = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(fresh))


def _history(session: Session, account_ids: Collection[int]) -> dict[int, list[State]]:
    rows = session.execute(
        select(
            BillingCustomer.account_id, SubscriptionState.customer_id,
            SubscriptionState.subscription, SubscriptionState.at, SubscriptionState.rank,
            SubscriptionState.event_id, SubscriptionState.status, SubscriptionState.mrr,
            SubscriptionState.arr, SubscriptionState.currency, SubscriptionState.plan,
            SubscriptionState.renews_on, SubscriptionState.term_months,
            SubscriptionState.trial_ends_at, SubscriptionState.reason,
        )
        .join(BillingCustomer, BillingCustomer.id == SubscriptionState.customer_id)
        .where(among(session, BillingCustomer.account_id, account_ids))
    )  # fmt: skip
    found: dict[int, list[State]] = {}
    for account_id, customer_id, subscription, *rest in rows:
        found.setdefault(account_id or 0, []).append(State((customer_id, subscription), *rest))
    return found


def _held(session: Session, account_ids: Collection[int]) -> dict[int, list[_Held]]:
    rows = session.execute(
        select(
            Revenue.account_id, Revenue.id, Revenue.source, Revenue.effective_on, Revenue.mrr,
            Revenue.currency,
        )
        .where(among(session, Revenue.account_id, account_ids))
        .order_by(Revenue.effective_on)
    )  # fmt: skip
    found: dict[int, list[_Held]] = {}
    for account_id, id, source, day, mrr, currency in rows:
        held = _Held(id, source, Figure(day, mrr, currency))
        found.setdefault(account_id, []).append(held)
    return found


def _last(known: list[_Held]) -> Figure | None:
    """What it was thought to bring: by billing, or before it spoke by an import."""
    own = [row for row in known if row.source == SOURCE] or known
    return own[-1].figure if own else None


def _revenue(
    account_id: int, known: Iterable[_Held], now_is: Standing | None, changes: _Changes
) -> None:
    """From billing's first day on there are only its own rows: imported ones give way.

    That a customer has left is a person's word: it stays unless billing speaks of the same day.
    """
    wanted = {figure.day: figure for figure in now_is.figures} if now_is else {}
    first = min(wanted, default=date.max)
    for row in known:
        if row.source == SOURCE and wanted.get(row.figure.day) == row.figure:
            del wanted[row.figure.day]
        elif row.source == SOURCE or (row.figure.day >= first and not _stays(row, wanted)):
            changes.gone.append(row.id)
    changes.new += [
        {
            "account_id": account_id,
            "effective_on": figure.day,
            "mrr": figure.mrr,
            "currency": figure.currency,
            "source": SOURCE,
        }
        for figure in wanted.values()
    ]


def _stays(row: _Held, wanted: Mapping[date, Figure]) -> bool:
    return row.source == CHURN and not row.figure.mrr and row.figure.day not in wanted


def _account(
    account: Account,
    told: Mapping[str, Any],
    changes: _Changes,
    now: datetime,
    told_mrr: bool = False,
) -> None:
    """The lifecycle stays a person's call, also when nothing is paid any more."""
    before = {name: getattr(account, name) for name in told}
    changed = {name for name in told if before[name] != told[name]}
    if not changed:
        return
    for name in changed:
        setattr(account, name, told[name])
    account.updated_at = now
    if changed - {"plan"}:
        changes.renewals.add(account.id)
    told_here = changed - {"arr", "currency"} if told_mrr else changed
    _record(account, before, {name: told[name] for name in told_here}, changes, now)


def _spoken(
    standings: Mapping[int, Standing | None], held: Mapping[int, list[_Held]]
) -> dict[int, dict[str, Any]]:
    """What billing says of each account that it speaks of, or did a moment ago."""
    return {
        id: _fields(now_is) if now_is else {}
        for id, now_is in standings.items()
        if now_is or any(row.source == SOURCE for row in held.get(id, []))
    }


def _without(known: Iterable[_Held], former: Mapping[str, Any]) -> dict[str, Any]:
    """Billing's customer belongs to another account now: here is what was known without it."""
    own = [row.figure for row in known if row.source != SOURCE]
    return {"arr": None} | dict(former) | ({"arr": own[-1].mrr * MONTHS} if own else {})


def _fields(now_is: Standing) -> dict[str, Any]:
    told: dict[str, Any] = {"arr": now_is.arr, "currency": now_is.latest.currency}
    if now_is.plan:
        told["plan"] = now_is.plan
    if now_is.by_term:
        told["renewal_on"] = now_is.renews_on
    if now_is.term_months:
        told["contract_months"] = now_is.term_months
    return told


def _record(
    account: Account,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    changes: _Changes,
    now: datetime,
) -> None:
    """One entry for what people ask about, the plan and the date; one for the figures."""
    for verb, names in (
        ("billing.plan_changed", {"plan"}),
        ("billing.renewal_changed", {"renewal_on", "contract_months"}),
        ("billing.arr_changed", {"arr", "currency"}),
    ):
        if names & set(after):
            told = audit.entry(
                verb=verb,
                subject=f"account:{account.id}",
                by=None,
                now=now,
                account=account.id,
                before={name: _plain(before[name]) for name in names & set(after)},
                after={name: _plain(after[name]) for name in names & set(after)},
            )
            changes.entries.append(told)


def _record_revenue(
    account: Account,
    before: Figure | None,
    known: Iterable[_Held],
    now_is: Standing,
    changes: _Changes,
    now: datetime,
) -> bool:
    """What a month brings now against what it was thought to bring a moment ago, if it changed."""
    after = now_is.latest
    was = before or Figure(after.day, NOTHING, after.currency)
    kind = change_kind(was.mrr, after.mrr, paid_once=any(row.figure.mrr for row in known))
    if was[1:] == after[1:]:
        return False
    same = was.currency == after.currency
    told = audit.entry(
        verb="billing.mrr_changed",
        subject=f"account:{account.id}",
        by=None,
        now=now,
        account=account.id,
        before={
            "mrr": _plain(was.mrr),
            "currency": was.currency,
            "arr": _plain(account.arr),
        },
        after={
            "mrr": _plain(after.mrr),
            "arr": _plain(now_is.arr),
            "currency": after.currency,
            "kind": str(kind) if kind and same else None,
            "amount": _plain(abs(after.mrr - was.mrr)) if same else None,
            "on": after.day.isoformat(),
        },
        why=now_is.ended_because,
    )
    changes.entries.append(told)
    return True


def _plain(value: Any) -> Any:
    """As the audit keeps it: amounts and dates as text."""
    if isinstance(value, Decimal):
        return plain_amount(value)
    return value.isoformat() if isinstance(value, date) else value


def _write(session: Session, changes: _Changes) -> None:
    for part in batches(changes.gone):
        session.execute(delete(Revenue).where(Revenue.id.in_(part)))
    if changes.new:
        session.execute(insert(Revenue), changes.new)
    audit.record_all(session, changes.entries)
