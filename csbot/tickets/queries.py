"""How support stands at an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from statistics import median
from typing import Any

from sqlalchemy import Integer, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

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


def of_account(
    session: Session, account_id: int, *, settings: Settings, now: datetime
) -> Load | None:
    """None where there is nothing open and was nothing lately."""
    session.flush()
    given = {"account": account_id, "since": now - LATELY}
    row = session.connection().execute(_counted(), given).one_or_none()
    if row is None:
        return None
    hours = _response_hours(session, account_id, settings, now) if row.answered else None
    mean = None if row.sentiment is None else float(row.sentiment)
    return Load(row.open, row.urgent, row.oldest_at, mean, hours)


@cache
def _counted() -> Select[*tuple[Any, ...]]:
    # Built once, and on the table: that takes three times as long as to run it.
    ticket, since = Ticket.__table__.c, bindparam("since", type_=UTCDateTime())
    account = bindparam("account", type_=Integer())
    is_open = ticket.status.not_in(DONE)
    return (
        select(
            func.count(case((is_open, 1))).label("open"),
            func.count(case((is_open & (ticket.priority == "urgent"), 1))).label("urgent"),
            func.min(case((is_open, ticket.opened_at))).label("oldest_at"),
            func.avg(case((ticket.said_at >= since, ticket.sentiment))).label("sentiment"),
            func.count(ticket.first_response_at).label("answered"),
        )
        .where(ticket.account_id == account, or_(is_open, ticket.as_of >= since))
        .group_by(ticket.account_id)
    )


def _response_hours(
    session: Session, account_id: int, settings: Settings, now: datetime
) -> float | None:
    rows = session.execute(
        select(Ticket.opened_at, Ticket.first_response_at).where(
            Ticket.account_id == account_id,
            Ticket.opened_at >= now - LATELY,
            Ticket.first_response_at.is_not(None),
        )
    )
    office = Scope.of_one(session, settings, now).nobody
    working = settings.config.tickets.response_hours == "working"
    taken: list[float] = []
    for opened_at, answered_at in rows:
        assert answered_at is not None  # noqa: S101  the query has left the others out
        passed = max(timedelta(), answered_at - opened_at)
        if working:
            passed = working_time_between(office, opened_at, answered_at)
        taken.append(passed / HOUR)
    return median(taken) if taken else None
