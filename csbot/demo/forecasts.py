"""How the demo's forecast has gone: what was won this quarter, and the weeks before this one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import func, insert, not_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.renewals.forecast import OPEN
from csbot.renewals.history import Slice, slices
from csbot.renewals.history import monday as week_of
from csbot.renewals.model import ForecastWeek, Renewal, RenewalCategoryChange
from csbot.settings import Forecast

WON = (  # account, days ago, due, signed
    ("Tidal Power", 45, 80_000, 88_000),
    ("Saffron Spices", 35, 12_000, 10_000),
)
# What was thought of what nobody has changed since, in per cent of today, the last week first.
THEN = (100, 97, 99, 93, 90, 92, 88, 84, 86, 82)
LIKELY = Forecast().model_dump()


def win(session: Session, *, monday: datetime) -> None:
    session.add_all(_won(session, *row, monday) for row in WON)
    session.flush()


def remember(session: Session, *, monday: datetime) -> None:
    week = week_of(monday.date())
    for ago, share in enumerate(THEN, 1):
        on = week - timedelta(weeks=ago)
        then = [{"week_on": on, **vars(one)} for one in _as_of(session, on, share)]
        session.execute(insert(ForecastWeek), then)


def _as_of(session: Session, on: date, share: int) -> Iterator[Slice]:
    """What was closed since was hoped for, and what was doubted since was probable."""
    at = datetime.combine(on, time(), UTC)
    closed = func.coalesce(Renewal.closed_at, at) > at
    step = RenewalCategoryChange
    doubted = Renewal.id.in_(select(step.renewal_id).where(step.at > at))
    for one in slices(session, LIKELY, not_(closed), not_(doubted)):
        yield replace(one, expected=one.expected * share / 100) if one.status == OPEN else one
    for which, category in ((closed, "best_case"), (doubted, "probable")):
        for one in slices(session, LIKELY, which):
            hoped = one.amount * LIKELY[category] / 100
            yield replace(one, status=OPEN, category=category, expected=hoped)


def _won(session: Session, name: str, ago: int, due: int, signed: int, monday: datetime) -> Renewal:
    account = session.scalars(select(Account).where(Account.name == name)).one()
    closed_at = monday - timedelta(days=ago)
    return Renewal(
        account_id=account.id,
        due_on=closed_at.date(),
        amount_due=Decimal(due),
        currency=account.currency,
        category="commit",
        status="won",
        final_amount=Decimal(signed),
        final_months=12,
        closed_at=closed_at,
        created_at=closed_at - timedelta(days=200),
    )
