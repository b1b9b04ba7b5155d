"""What is known of one account: for its card, and as JSON for other programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Integer, Row, ScalarSelect, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot.accounts.model import Account, AccountPipeline, HealthChange
from csbot.accounts.service import tags_of
from csbot.accounts.timeline import timeline
from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.churn import queries as churn
from csbot.contacts import Contact
from csbot.db.base import Base, UTCDateTime
from csbot.feedback.model import Feedback
from csbot.find import account_by_id
from csbot.meetings.model import Meeting
from csbot.onboarding.model import Requirements
from csbot.payments import queries as billing
from csbot.payments.model import Payment
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.tickets import queries as support
from csbot.tickets.model import Ticket
from csbot.touches import listed as touches
from csbot.usage import queries as usage

WEEK = timedelta(days=7)
TIMELINE_JSON = 200
T = TypeVar("T", bound=Base)
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
        alerts=select(alert.kind, alert.severity, alert.state, alert.since)
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


def as_json(session: Session, account: Account) -> dict[str, Any]:
    """All that csbot keeps of an account; its keys are promised to other programs."""
    members = {m.id: m.email for m in session.scalars(select(TeamMember))}
    stages = _of(session, AccountPipeline, account, AccountPipeline.pipeline)
    lists: dict[str, list[dict[str, Any]]] = {
        "contacts": [_contact(c) for c in _of(session, Contact, account, Contact.id)],
        "tasks": [_task(t, members) for t in _of(session, Task, account, Task.due_on)],
        "meetings": [
            _meeting(m, members) for m in _of(session, Meeting, account, Meeting.starts_at)
        ],
        "checkins": [_checkin(c, members) for c in _of(session, CheckIn, account, CheckIn.at)],
        "feedback": [_feedback(f) for f in _of(session, Feedback, account, Feedback.at)],
        "payments": [_payment(p) for p in billing.payments(session, account.id)],
        "alerts": [_alert(a, members) for a in _of(session, Alert, account, Alert.opened_at)],
        "usage": usage.listed(session, account.id),
        "tickets": [_ticket(t) for t in _of(session, Ticket, account, Ticket.opened_at)],
        "touches": touches.listed(session, account.id, members),
    }
    events = timeline(session, account.id, TIMELINE_JSON)
    return {
        **_facts(account, members),
        "tags": tags_of(session, account.id),
        "pipelines": {stage.pipeline: stage.stage for stage in stages},
        "score": account.score,
        "churn": _churn(session, account),
        "requirements": _requirements(session, account, members),
        **lists,
        "timeline": [
            {"at": plain(e.at), "kind": e.kind, "what": e.what, "by": e.by} for e in events
        ],
    }


def plain(value: Any) -> Any:
    """As JSON has it: instants in ISO 8601 UTC, dates in ISO, amounts as numbers."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _of(
    session: Session,
    table: type[T],
    account: Account,
    *order: Any,
) -> list[T]:
    belongs: InstrumentedAttribute[int] = table.account_id  # type: ignore[attr-defined]
    id: InstrumentedAttribute[int] = table.id  # type: ignore[attr-defined]
    query = select(table).where(belongs == account.id).order_by(*order, id)
    return list(session.scalars(query))


def _pick(row: Base, *names: str) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in names}


def _facts(account: Account, members: dict[int, str]) -> dict[str, Any]:
    names = (
        "id", "external_id", "name", "domain", "arr", "currency", "segment", "plan", "industry",
        "process", "lifecycle_stage", "onboarding_stage", "health", "health_status",
        "health_reason", "contract_months", "channel", "custom", "customer_since", "created_at",
    )  # fmt: skip
    return {
        **_pick(account, *names),
        "renewal_date": plain(account.renewal_on),
        "owner": members.get(account.owner_id or 0),
    }


def _churn(session: Session, account: Account) -> dict[str, Any] | None:
    said = churn.as_json(session, account.id)
    return said and {name: plain(value) for name, value in said.items()}


def _requirements(
    session: Session, account: Account, members: dict[int, str]
) -> dict[str, Any] | None:
    kept = session.get(Requirements, account.id)
    names = ("why_bought", "intended_use", "used_before", "success", "at")
    return {**_pick(kept, *names), "by": members.get(kept.by_id or 0)} if kept else None


def _contact(contact: Contact) -> dict[str, Any]:
    return _pick(
        contact, "id", "name", "email", "role", "title", "phone", "last_login_at", "opt_outs",
        "created_at",
    )  # fmt: skip


def _task(task: Task, members: dict[int, str]) -> dict[str, Any]:
    return {
        **_pick(task, "id", "title", "priority", "created_at", "done_at"),
        "due": plain(task.due_on),
        "assignee": members.get(task.assignee_id or 0),
    }


def _meeting(meeting: Meeting, members: dict[int, str]) -> dict[str, Any]:
    names = (
        "id", "title", "kind", "starts_at", "duration_minutes", "attendees", "agenda",
        "objectives", "outcome", "notes",
    )  # fmt: skip
    return {**_pick(meeting, *names), "organizer": members.get(meeting.organizer_id or 0)}


def _checkin(checkin: CheckIn, members: dict[int, str]) -> dict[str, Any]:
    names = ("id", "at", "channel", "note", "sentiment", "next_step", "next_step_on")
    return {**_pick(checkin, *names), "by": members.get(checkin.by_id or 0)}


def _feedback(feedback: Feedback) -> dict[str, Any]:
    return _pick(
        feedback, "id", "kind", "score", "comment", "email", "negative", "at", "answered_at"
    )


def _payment(payment: Payment) -> dict[str, Any]:
    names = ("status", "amount", "currency", "at", "attempts", "next_attempt_at", "reason")
    return {"id": payment.external_id, **_pick(payment, *names)}


def _alert(alert: Alert, members: dict[int, str]) -> dict[str, Any]:
    names = (
        "id", "kind", "subject", "severity", "state", "since", "opened_at", "taken_at",
        "snoozed_until", "snooze_reason", "closed_at", "closed_because", "evidence",
    )  # fmt: skip
    return {
        **_pick(alert, *names),
        "owner": members.get(alert.owner_id or 0),
        "taken_by": members.get(alert.taken_by_id or 0),
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return _pick(
        ticket, "id", "sender", "external_id", "subject", "status", "priority", "sentiment", "url",
        "opened_at", "first_response_at", "solved_at", "said_at",
    )  # fmt: skip
