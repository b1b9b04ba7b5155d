"""What has moved in the renewals of a window within the last week."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.choosing import within
from csbot.accounts.model import Account
from csbot.renewals import forecast
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import CLOSED, KEPT
from csbot.renewals.model import Renewal, RenewalCategoryChange, RenewalMove
from csbot.renewals.queries import WEEK
from csbot.renewals.rules import LABELS, Category
from messages.renewal_history import Change, Movement
from messages.text import Money, near_day, short_money

WON, LOST, WORSE, BETTER, MOVED = "Won", "Lost", "Worse", "Better", "Moved"
ORDER = (WON, LOST, WORSE, BETTER, MOVED)
SHOWN = 5
Step = RenewalCategoryChange


@dataclass(frozen=True)
class _Event:
    """One change with the renewal that it is of."""

    kind: str
    account: str
    renewal: Renewal
    what: str
    why: str | None = None

    @property
    def amount_due(self) -> Decimal:
        return self.renewal.amount_due

    @property
    def currency(self) -> str:
        return self.renewal.currency


def movements(
    session: Session, filters: Filters, *, names: Sequence[str], today: date, now: datetime
) -> tuple[Movement, ...]:
    """By kind, each change with its account, the largest first; three queries."""
    first, last = filters.span(today)
    which = within(filters.owners, filters.segments, names)
    there = [Renewal.due_on <= last, *([Renewal.due_on >= first] if first else [])]
    since = now - WEEK
    events = [
        *_closed(session, since, [*which, *there]),
        *_steps(session, since, [*which, *there]),
        *_moves(session, since, which, filters, today),
    ]
    if filters.categories:
        events = [one for one in events if one.renewal.category in filters.categories]
    found = [(kind, [one for one in events if one.kind == kind]) for kind in ORDER]
    return tuple(_movement(kind, some) for kind, some in found if some)


def _movement(kind: str, events: Sequence[_Event]) -> Movement:
    largest = sorted(events, key=lambda one: (-one.amount_due, one.account))[:SHOWN]
    return Movement(
        kind=kind,
        count=len(events),
        due=tuple(Money(amount, currency) for currency, amount in forecast.totals(events).items()),
        changes=tuple(
            Change(account=one.account, due=Money(one.amount_due, one.currency), what=one.what,
                   why=one.why)
            for one in largest
        ),
    )  # fmt: skip


def _closed(
    session: Session, since: datetime, which: Iterable[ColumnElement[bool]]
) -> Iterator[_Event]:
    query = (
        select(Renewal, Account.name)
        .join(Account, Account.id == Renewal.account_id)
        .where(Renewal.status.in_(CLOSED), Renewal.closed_at > since, *which)
    )
    for renewal, account in session.execute(query):
        if renewal.status in KEPT:
            signed = Money(forecast.signed(renewal), renewal.currency)
            yield _Event(WON, account, renewal, f"{short_money(signed)} signed")
        else:
            yield _Event(LOST, account, renewal, f"was {LABELS[Category(renewal.category)]}")


def _steps(
    session: Session, since: datetime, which: Iterable[ColumnElement[bool]]
) -> Iterator[_Event]:
    """From the first to the last category of the week; there and back again is no change."""
    query = (
        select(Step, Renewal, Account.name)
        .join(Renewal, Renewal.id == Step.renewal_id)
        .join(Account, Account.id == Renewal.account_id)
        .where(Step.at > since, Step.before.is_not(None), *which)
        .order_by(Step.at, Step.id)
    )
    # Not asked of the database, which would begin with all that is open instead of the few changes.
    ways: dict[int, list[tuple[RenewalCategoryChange, Renewal, str]]] = {}
    for step, renewal, account in session.execute(query):
        if renewal.status != forecast.OPEN:
            continue
        ways.setdefault(renewal.id, []).append((step, renewal, account))
    order = list(Category)
    for way in ways.values():
        before, (last, renewal, account) = Category(way[0][0].before or ""), way[-1]
        after = Category(last.after)
        if before != after:
            kind = WORSE if order.index(after) > order.index(before) else BETTER
            what = f"{LABELS[before]} to {LABELS[after]}"
            yield _Event(kind, account, renewal, what, last.reason or None)


def _moves(
    session: Session,
    since: datetime,
    which: Iterable[ColumnElement[bool]],
    filters: Filters,
    today: date,
) -> Iterator[_Event]:
    """What was, or is now, due in the window."""
    first, last = filters.span(today)
    inside = [
        column.between(first or date.min, last) for column in (Renewal.due_on, RenewalMove.due_on)
    ]
    query = (
        select(RenewalMove, Renewal, Account.name)
        .join(Renewal, Renewal.id == RenewalMove.renewal_id)
        .join(Account, Account.id == Renewal.account_id)
        .where(RenewalMove.at > since, or_(*inside), *which)
        .order_by(RenewalMove.at, RenewalMove.id)
    )
    seen = set[int]()
    for move, renewal, account in session.execute(query):
        fresh = renewal.status == forecast.OPEN and renewal.id not in seen
        if fresh and (what := _moved(move, renewal, today)):
            yield _Event(MOVED, account, renewal, what)
        seen.add(renewal.id)


def _moved(move: RenewalMove, renewal: Renewal, today: date) -> str:
    said = []
    if move.due_on != renewal.due_on:
        said.append(f"{near_day(move.due_on, today)} to {near_day(renewal.due_on, today)}")
    if (move.amount_due, move.currency) != (renewal.amount_due, renewal.currency):
        said.append(f"{short_money(Money(move.amount_due, move.currency))} before")
    return ", ".join(said)
