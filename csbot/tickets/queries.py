"""How support stands at accounts: for many of them always the same number of queries."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from statistics import median
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.db.base import UTCDateTime
from csbot.settings import Settings
from csbot.team.rules import working_time_between
from csbot.tickets.model import Ticket
from csbot.tickets.rules import DONE

LATELY = timedelta(days=90)
HOUR = timedelta(hours=1)
LOW, GOOD = -20, 20  # of -100 to 100


@dataclass(frozen=True)
class Load:
    """`sentiment` is the mean of the last 90 days, `response_hours` the median of first answers."""

    open: int = 0
    urgent: int = 0
    oldest_at: datetime | None = None
    sentiment: float | None = None
    response_hours: float | None = None

    @property
    def mood(self) -> str | None:
        if self.sentiment is None:
            return None
        return "low" if self.sentiment <= LOW else "good" if self.sentiment >= GOOD else "even"


def of_account(session: Session, account_id: int, *, now: datetime) -> Load | None:
    """Without response times; None where there is nothing open and was nothing lately."""
    session.flush()
    given = {"account": account_id, "since": now - LATELY}
    row = session.connection().execute(_counted_one(), given).one_or_none()
    return _load(row) if row else None


def by_account(
    session: Session, account_ids: Collection[int], *, settings: Settings, now: datetime
) -> dict[int, Load]:
    """Accounts that nothing is open at, and was nothing lately, are left out."""
    chosen = among(session, Ticket.account_id, account_ids)
    rows = session.execute(_counted().where(chosen), {"since": now - LATELY})
    loads = {row.account_id: _load(row) for row in rows}
    hours = _response_hours(session, chosen, settings, now)
    return {id: replace(load, response_hours=hours.get(id)) for id, load in loads.items()}


@cache
def _counted() -> Select[*tuple[Any, ...]]:
    # Built once, and on the table: for one account that takes three times as long as to run it.
    ticket, since = Ticket.__table__.c, bindparam("since", type_=UTCDateTime())
    is_open = ticket.status.not_in(DONE)
    return (
        select(
            ticket.account_id,
            func.count(case((is_open, 1))).label("open"),
            func.count(case((is_open & (ticket.priority == "urgent"), 1))).label("urgent"),
            func.min(case((is_open, ticket.opened_at))).label("oldest_at"),
            func.avg(case((ticket.said_at >= since, ticket.sentiment))).label("sentiment"),
        )
        .where(or_(is_open, ticket.as_of >= since))
        .group_by(ticket.account_id)
    )


@cache
def _counted_one() -> Select[*tuple[Any, ...]]:
    account = bindparam("account", type_=Integer())
    return _counted().where(Ticket.__table__.c.account_id == account)


def _load(row: Row[*tuple[Any, ...]]) -> Load:
    mean = None if row.sentiment is None else float(row.sentiment)
    return Load(row.open, row.urgent, row.oldest_at, mean)


def _response_hours(
    session: Session, chosen: Any, settings: Settings, now: datetime
) -> dict[int, float]:
    rows = session.execute(
        select(Ticket.account_id, Ticket.opened_at, Ticket.first_response_at).where(
            chosen, Ticket.opened_at >= now - LATELY, Ticket.first_response_at.is_not(None)
        )
    )
    office = Scope.of_one(session, settings, now).nobody
    working = settings.config.tickets.response_hours == "working"
    taken: dict[int, list[float]] = {}
    for account_id, opened_at, answered_at in rows:
        assert answered_at is not None  # noqa: S101  the query has left the others out
        passed = max(timedelta(), answered_at - opened_at)
        if working:
            passed = working_time_between(office, opened_at, answered_at)
        taken.setdefault(account_id, []).append(passed / HOUR)
    return {account_id: median(hours) for account_id, hours in taken.items()}
