"""How the demo's forecast has gone: what was won this quarter, and the weeks before this one."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.renewals.forecast import OPEN
from csbot.renewals.history import Slice, slices
from csbot.renewals.history import monday as week_of
from csbot.renewals.model import ForecastWeek, Renewal
from csbot.settings import Forecast

WON = (  # account, days ago, due, signed
    ("Tidal Power", 45, 80_000, 88_000),
    ("Saffron Spices", 35, 12_000, 10_000),
)
# What was thought of this week's forecast in the weeks before, in per cent, the last week first.
THEN = (105, 104, 108, 101, 97, 99, 94, 90, 92, 88)


def remember(session: Session, *, monday: datetime) -> None:
    session.add_all(_won(session, *row, monday) for row in WON)
    session.flush()
    week, present = week_of(monday.date()), slices(session, Forecast().model_dump())
    for ago, share in enumerate(THEN, 1):
        on = week - timedelta(weeks=ago)
        then = [_before(one, share) for one in present]
        session.execute(insert(ForecastWeek), [{"week_on": on, **vars(one)} for one in then])


def _before(one: Slice, share: int) -> Slice:
    """What is lost by now was hoped for."""
    if one.status == "lost":
        return replace(one, status=OPEN, category="best_case", expected=one.amount * 45 / 100)
    return one if one.status == "won" else replace(one, expected=one.expected * share / 100)


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
