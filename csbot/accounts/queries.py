"""What is known of one account, for its card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Row, ScalarSelect, Select, bindparam, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account, HealthChange
from csbot.accounts.service import tags_of
from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.churn import queries as churn
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.find import account_by_id
from csbot.meetings.model import Meeting
from csbot.onboarding.model import Requirements
from csbot.payments import queries as billing
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.tickets import queries as support
from csbot.usage import queries as usage

WEEK = timedelta(days=7)
Lines = Select[*tuple[Any, ...]]
Line = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class Card:
    """`facts` is one line: the owner, the next meeting, the last check-in, last week's health."""

    account: Account
    facts: Line
    tags: list[str]
    contacts: Sequence[Line]
    alerts: Sequence[Line]
    tasks: Sequence[Line]
    support: support.Load | None
    billing: billing.Billed | None
    usage: usage.Overview | None


class _Reads(NamedTuple):
    """What a card shows of one account, from the bound `account`, `now` and `then`."""

    facts: Lines
    contacts: Lines
    alerts: Lines
    tasks: Lines


ID = bindparam("account", type_=Integer())
NOW, THEN = (bindparam(name, type_=UTCDateTime()) for name in ("now", "then"))


@cache
def _reads() -> _Reads:
    # Built once, and on the tables: the ORM takes longer to make objects than all else here.
    contact, alert, task = Contact.__table__.c, Alert.__table__.c, Task.__table__.c
    return _Reads(
        facts=_facts_read(),
        contacts=select(contact.name, contact.email, contact.role)
        .where(contact.account_id == ID)
        .order_by(contact.name, contact.email, contact.id),
        alerts=select(alert.kind, alert.severity, alert.state, alert.opened_at, alert.evidence)
        .where(alert.account_id == ID, alert.closed_at.is_(None))
        .order_by(alert.opened_at, alert.id),
        tasks=select(task.title, task.due_on)
        .where(task.account_id == ID, task.done_at.is_(None))
        .order_by(task.due_on, task.id),
    )


def _facts_read() -> Lines:
    account, meeting, checkin = (t.__table__ for t in (Account, Meeting, CheckIn))
    wanted = Requirements.__table__
    owner, writer = TeamMember.__table__.alias("owner"), TeamMember.__table__.alias("writer")
    return (
        select(
            owner.c.name.label("owner"), owner.c.slack_id.label("owner_slack_id"),
            meeting.c.title.label("meeting"), meeting.c.starts_at,
            checkin.c.at.label("checked_in_at"), checkin.c.note, checkin.c.next_step,
            writer.c.name.label("checked_in_by"),
            wanted.c.why_bought, wanted.c.intended_use,
            _health().scalar_subquery().label("health_before"),
            churn.leaves_on(account.c).label("leaves_on"),
        )
        .select_from(account)
        .outerjoin(owner, owner.c.id == account.c.owner_id)
        .outerjoin(meeting, meeting.c.id == _next_meeting())
        .outerjoin(checkin, checkin.c.id == _last_checkin())
        .outerjoin(writer, writer.c.id == checkin.c.by_id)
        .outerjoin(wanted, wanted.c.account_id == account.c.id)
        .where(account.c.id == ID)
    )  # fmt: skip


def _next_meeting() -> ScalarSelect[int]:
    other = Meeting.__table__.alias("coming").c
    return (
        select(other.id)
        .where(other.account_id == ID, other.starts_at >= NOW, other.outcome.is_(None))
        .order_by(other.starts_at, other.id)
        .limit(1)
        .scalar_subquery()
    )


def _last_checkin() -> ScalarSelect[int]:
    other = CheckIn.__table__.alias("newest").c
    return (
        select(other.id)
        .where(other.account_id == ID)
        .order_by(other.at.desc(), other.id)
        .limit(1)
        .scalar_subquery()
    )


@cache
def _health() -> Select[int | None]:
    change = HealthChange.__table__.c
    return (
        select(change.score)
        .where(change.account_id == ID, change.at <= THEN)
        .order_by(change.at.desc(), change.id.desc())
        .limit(1)
    )


def card(session: Session, account_id: int, *, settings: Settings, now: datetime) -> Card:
    account, reads = account_by_id(session, account_id), _reads()
    given = {"account": account.id, "now": now, "then": now - WEEK}
    session.flush()
    read = session.connection().execute
    return Card(
        account=account,
        facts=read(reads.facts, given).one(),
        tags=tags_of(session, account.id),
        contacts=read(reads.contacts, given).all(),
        alerts=read(reads.alerts, given).all(),
        tasks=read(reads.tasks, given).all(),
        support=support.of_account(session, account.id, settings=settings, now=now),
        billing=billing.of_account(session, account.id),
        usage=usage.overview(session, account.id, now.date()),
    )


def open_alerts(session: Session, account_id: int) -> list[Alert]:
    query = select(Alert).where(Alert.account_id == account_id, Alert.closed_at.is_(None))
    return list(session.scalars(query.order_by(Alert.opened_at, Alert.id)))
