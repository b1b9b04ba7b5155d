"""Renewals as a CSV file: the same columns for whoever asks in Slack and on the command line.

UTF-8 with a byte order mark in Slack: without one Excel takes it for another encoding.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.as_json import plain
from csbot.accounts.choosing import segments
from csbot.accounts.command import cell
from csbot.accounts.model import Account
from csbot.files import asking
from csbot.files.file import Made, Wish
from csbot.renewals import amounts, queries
from csbot.renewals.amounts import weighed
from csbot.renewals.filters import Filters, from_code
from csbot.renewals.forecast import OPEN
from csbot.renewals.model import Renewal
from csbot.renewals.overview import said, window
from csbot.settings import Settings
from csbot.slack.gateway import Attachment
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.files import FileAsked
from messages.text import Mrkdwn, escape, plural

KIND = "renewals"
COLUMNS = (
    "renewal_id", "account", "domain", "segment", "owner", "owner_email", "due_on", "days_left",
    "status", "amount_due", "currency", "category", "probability", "forecast_amount", "expected",
    "signal", "signal_why", "health", "next_step", "next_step_on", "incentive", "offered_months",
    "final_amount", "final_months", "closed_at",
)  # fmt: skip
CHUNK = 1_000


def ask(session: Session, filters: Filters, *, by: TeamMember, now: datetime) -> FileAsked:
    """The list as a file, without its pages."""
    require(by, May.EXPORT)
    new = asking.ask(session, KIND, by=by, now=now, code=filters.whole().code())
    return FileAsked(
        title=f"list of renewals {window(filters, local_date(by, now))}", again=not new
    )


def make(wish: Wish) -> Made:
    """With what is true when it is made."""
    filters, today = from_code(wish.args["code"]), local_date(wish.person, wish.now)
    names = segments(wish.session)
    which = queries.chosen(filters, names=names, today=today, now=wish.now)
    body = list(rows(wish.session, which, settings=wish.settings, today=today))
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *body])
    scope = said(wish.session, filters, names)
    title = f"Renewals {window(filters, today)}" + (f" ({scope})" if scope else "")
    name, lines = f"renewals-{today}.csv", plural(len(body), "line")
    file = Attachment(name, f"{name}, {lines}", out.getvalue().encode("utf-8-sig"))
    return Made(file, Mrkdwn(f"{escape(title)}: {lines}."))


def everything(session: Session, *, settings: Settings, now: datetime) -> Iterator[Sequence[str]]:
    """The header, then all renewals but those that came to nothing."""
    yield COLUMNS
    there = Renewal.status != "withdrawn"
    yield from rows(session, there, settings=settings, today=now.date())


def rows(
    session: Session, which: ColumnElement[bool], *, settings: Settings, today: date
) -> Iterator[list[str]]:
    """In the order of `COLUMNS`, soonest first."""
    likely = settings.config.forecast.model_dump()
    query = (
        select(Renewal, Account, TeamMember, amounts.expected(likely))
        .join(Account, Account.id == Renewal.account_id)
        .outerjoin(TeamMember, TeamMember.id == Account.owner_id)
        .where(which)
        .order_by(Renewal.due_on, Account.name, Renewal.id)
    )
    for renewal, account, owner, expected in session.execute(
        query.execution_options(yield_per=CHUNK)
    ):
        values = _values(renewal, account, owner, likely, weighed(expected), today)
        yield [_cell(value) for value in values]


def _values(
    renewal: Renewal, account: Account, owner: TeamMember | None, likely: dict[str, int],
    expected: Decimal, today: date,
) -> tuple[Any, ...]:  # fmt: skip
    is_open = renewal.status == OPEN
    return (
        renewal.id, account.name, account.domain, account.segment,
        owner.name if owner else None, owner.email if owner else None,
        renewal.due_on, (renewal.due_on - today).days if is_open else None, renewal.status,
        renewal.amount_due, renewal.currency, renewal.category,
        likely[renewal.category] if is_open else None, renewal.forecast_amount,
        expected, renewal.signal,
        "; ".join(renewal.signal_why or ()), account.health, renewal.next_step,
        renewal.next_step_on, renewal.incentive, renewal.offered_months, renewal.final_amount,
        renewal.final_months, renewal.closed_at,
    )  # fmt: skip


def _cell(value: Any) -> str:
    """What people wrote is shown and never obeyed; a figure of ours stays one, below zero too."""
    return cell(value) if value is None or isinstance(value, str) else str(plain(value))
