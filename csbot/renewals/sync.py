"""Keeps one open renewal for each account, at the account's renewal date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import and_, case, insert, select, update
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.churn.queries import CUSTOMER, leaves_on
from csbot.renewals import rules
from csbot.renewals.model import Renewal, RenewalMove
from csbot.renewals.rules import Category

CHUNK = 5_000  # SQLite binds 32,766 values in one statement at most
STALE_AFTER = timedelta(days=30)
BY_ITSELF = {"withdrawn", "renewed"}  # nobody has decided it: the account's date has
Row = dict[str, Any]
T = TypeVar("T")


def sync(session: Session, account_ids: Sequence[int] | None, now: datetime) -> int:
    """Give every account (or these) one open renewal at its renewal date; how many changed.

    A changed date, amount or currency moves the open renewal; a date one term later ends it as
    renewed, and the next begins without its category and next step. An account without a date has
    none, nor does one that has left, or whose date is long past: that is a stale date in a CRM,
    nothing at stake.
    """
    groups: Sequence[Sequence[int] | None] = (
        [None] if account_ids is None else list(_chunks(sorted(set(account_ids))))
    )
    return sum(_sync(session, group, now) for group in groups)


@dataclass(frozen=True)
class _Wanted:
    """What an account asks for."""

    account_id: int
    due_on: date | None
    amount_due: Decimal
    currency: str

    def terms(self) -> Row:
        return {
            "due_on": self.due_on,
            "amount_due": self.amount_due,
            "currency": self.currency,
        }


@dataclass
class _Plan:
    """What is to be done, for all accounts together."""

    today: date
    made: list[_Wanted] = field(default_factory=list)
    moved: list[tuple[Row, _Wanted]] = field(default_factory=list)
    revived: list[tuple[Row, _Wanted]] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    renewed: list[tuple[Row, _Wanted]] = field(default_factory=list)

    def settle(self, wanted: _Wanted, held: Sequence[Row]) -> None:
        """`held` are all renewals that the account ever had."""
        current = next((row for row in held if row["status"] == "open"), None)
        there = next((row for row in held if row["due_on"] == wanted.due_on), None)
        if there is not None and there is not current:
            self._back_to(there, current, wanted)
        elif current is not None:
            self._follow(current, wanted)
        elif wanted.due_on is not None and wanted.due_on >= self.today - STALE_AFTER:
            self.made.append(wanted)

    def _back_to(self, there: Row, current: Row | None, wanted: _Wanted) -> None:
        """A date that had a renewal before: won it stays, what ended by itself reopens.

        So does what was lost and is still to come: whoever asks for it is a customer again.
        """
        again = there["status"] == "lost" and there["due_on"] >= self.today
        if again or there["status"] in BY_ITSELF:
            self.revived.append((there, wanted))
            if current is not None:
                self._leave(current, wanted)

    def _leave(self, current: Row, wanted: _Wanted) -> None:
        if rules.is_next_term(before=current["due_on"], after=wanted.due_on):
            self.renewed.append((current, wanted))
        else:
            self.ended.append(current)

    def _follow(self, current: Row, wanted: _Wanted) -> None:
        if wanted.due_on is None:
            self.ended.append(current)
        elif rules.is_next_term(before=current["due_on"], after=wanted.due_on):
            self.renewed.append((current, wanted))
            self.made.append(wanted)
        elif any(current[name] != value for name, value in wanted.terms().items()):
            self.moved.append((current, wanted))

    def leaving(self) -> list[int]:
        """The open renewals that are to change."""
        return [row["id"] for row in (*self.ended, *(row for row, _ in self.renewed + self.moved))]

    def only(self, open_ids: set[int]) -> None:
        """What somebody has closed since it was read stays as they closed it."""
        self.ended = [row for row in self.ended if row["id"] in open_ids]
        self.renewed = [pair for pair in self.renewed if pair[0]["id"] in open_ids]
        self.moved = [pair for pair in self.moved if pair[0]["id"] in open_ids]

    def size(self) -> int:
        return len(self.made) + len(self.moved) + len(self.revived) + len(self.ended)


def _sync(session: Session, account_ids: Sequence[int] | None, now: datetime) -> int:
    session.flush()
    held = _held(session, account_ids)
    plan = _Plan(today=now.date())
    for wanted in _wanted(session, account_ids):
        plan.settle(wanted, held.get(wanted.account_id, []))
    plan.only(_still_open(session, plan.leaving()))
    _end(session, plan.ended, now)
    _renew(session, plan.renewed, now)
    _revive(session, plan.revived, now)
    _make(session, plan.made, now)
    _move(session, plan.moved, now)
    return plan.size()


def _held(session: Session, account_ids: Sequence[int] | None) -> dict[int, list[Row]]:
    query = select(
        Renewal.id, Renewal.account_id, Renewal.due_on, Renewal.amount_due, Renewal.currency,
        Renewal.status,
    )  # fmt: skip
    if account_ids is not None:
        query = query.where(Renewal.account_id.in_(account_ids))
    found: dict[int, list[Row]] = {}
    for row in session.execute(query):
        found.setdefault(row.account_id, []).append(dict(row._mapping))
    return found


def _still_open(session: Session, ids: Sequence[int]) -> set[int]:
    """Of these, locked until they are changed."""
    query = select(Renewal.id).where(Renewal.status == "open").order_by(Renewal.id)
    return {
        id
        for part in _chunks(list(ids))
        for id in session.scalars(query.where(Renewal.id.in_(part)).with_for_update(key_share=True))
    }


def _wanted(session: Session, account_ids: Sequence[int] | None) -> Iterator[_Wanted]:
    """Who is to leave, or has left, renews nothing, whatever date an import brings."""
    due_on = case((and_(leaves_on().is_(None), CUSTOMER), Account.renewal_on))
    query = select(Account.id, due_on, Account.arr, Account.contract_months, Account.currency)
    if account_ids is not None:
        query = query.where(Account.id.in_(account_ids))
    for id, due_on, arr, months, currency in session.execute(query):
        yield _Wanted(id, due_on, rules.amount_due(arr=arr, contract_months=months), currency)


def _make(session: Session, made: Sequence[_Wanted], now: datetime) -> None:
    """New ones are probable: at risk is a person's judgement, never guessed from health."""
    rows = [
        {
            "account_id": wanted.account_id,
            **wanted.terms(),
            "category": Category.PROBABLE,
            "status": "open",
            "created_at": now,
        }
        for wanted in made
    ]
    if rows:
        session.execute(insert(Renewal), rows)


def _move(session: Session, moved: Sequence[tuple[Row, _Wanted]], now: datetime) -> None:
    if not moved:
        return
    former = [
        {"renewal_id": row["id"], "at": now} | {name: row[name] for name in to.terms()}
        for row, to in moved
    ]
    session.execute(insert(RenewalMove), former)
    _update(session, [{"id": row["id"], **to.terms()} for row, to in moved])
    _record(session, "renewal.moved", moved, now)


def _revive(session: Session, revived: Sequence[tuple[Row, _Wanted]], now: datetime) -> None:
    opened = {"status": "open", "closed_at": None}
    _update(session, [{"id": row["id"], **to.terms(), **opened} for row, to in revived])
    _record(session, "renewal.reopened", revived, now)


def _renew(session: Session, renewed: Sequence[tuple[Row, _Wanted]], now: datetime) -> None:
    done = {"status": "renewed", "closed_at": now}
    _update(session, [{"id": row["id"], **done} for row, _ in renewed])
    _record(session, "renewal.renewed", renewed, now)


def _end(session: Session, ended: Sequence[Row], now: datetime) -> None:
    gone = {"status": "withdrawn", "closed_at": now}
    _update(session, [{"id": row["id"], **gone} for row in ended])
    _record(session, "renewal.withdrawn", [(row, None) for row in ended], now)


def _update(session: Session, rows: Sequence[Row]) -> None:
    if rows:
        session.execute(update(Renewal), rows)
        # The bulk update went past what this session had loaded: it is read again when needed.
        for loaded in session.identity_map.values():
            if isinstance(loaded, Renewal):
                session.expire(loaded)


def _record(
    session: Session, verb: str, changes: Sequence[tuple[Row, _Wanted | None]], now: datetime
) -> None:
    entries = [
        {
            "at": now,
            "verb": verb,
            "subject": f"renewal:{row['id']}",
            "account_id": row["account_id"],
            "before": _as_json(row),
            "after": _as_json(to.terms()) if to else None,
            "why": "the account's renewal date, amount or stage changed",
        }
        for row, to in changes
    ]
    if entries:
        session.execute(insert(AuditEntry), entries)


def _as_json(terms: Row) -> Row:
    return {
        "due_on": terms["due_on"].isoformat(),
        "amount_due": str(terms["amount_due"]),
        "currency": terms["currency"],
    }


def _chunks(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
