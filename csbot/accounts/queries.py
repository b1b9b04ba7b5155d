"""What is known of one account: for its card, and as JSON for other programs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot.accounts.model import Account, AccountPipeline, HealthChange
from csbot.accounts.service import tags_of
from csbot.accounts.timeline import timeline
from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.db.base import Base, UTCDateTime
from csbot.feedback.model import Feedback
from csbot.find import account_by_id
from csbot.meetings.model import Meeting
from csbot.tasks.model import Task
from csbot.team.model import TeamMember

WEEK = timedelta(days=7)
TIMELINE_JSON = 200
T = TypeVar("T", bound=Base)


@dataclass(frozen=True)
class Card:
    """`health_before` is what it was a week ago, None when nobody knows."""

    account: Account
    owner: TeamMember | None
    tags: list[str]
    contacts: list[Contact]
    alerts: list[Alert]
    tasks: list[Task]
    next_meeting: Meeting | None
    last_checkin: CheckIn | None
    checked_in_by: TeamMember | None
    health_before: int | None


class _Reads(NamedTuple):
    """What a card shows of one account, from the bound `account`, `now` and `then`."""

    contacts: Select[Contact]
    alerts: Select[Alert]
    tasks: Select[Task]
    meeting: Select[Meeting]
    checkin: Select[CheckIn]
    health: Select[int | None]


@cache
def _reads() -> _Reads:
    # Built once: that takes longer than to run them.
    id = bindparam("account", type_=Integer())
    now, then = (bindparam(name, type_=UTCDateTime()) for name in ("now", "then"))
    return _Reads(
        contacts=select(Contact)
        .where(Contact.account_id == id)
        .order_by(Contact.name, Contact.email, Contact.id),
        alerts=select(Alert)
        .where(Alert.account_id == id, Alert.closed_at.is_(None))
        .order_by(Alert.opened_at, Alert.id),
        tasks=select(Task)
        .where(Task.account_id == id, Task.done_at.is_(None))
        .order_by(Task.due_on, Task.id),
        meeting=select(Meeting)
        .where(Meeting.account_id == id, Meeting.starts_at >= now, Meeting.outcome.is_(None))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(1),
        checkin=select(CheckIn)
        .where(CheckIn.account_id == id)
        .order_by(CheckIn.at.desc(), CheckIn.id)
        .limit(1),
        health=select(HealthChange.score)
        .where(HealthChange.account_id == id, HealthChange.at <= then)
        .order_by(HealthChange.at.desc(), HealthChange.id.desc())
        .limit(1),
    )


def card(session: Session, account_id: int, now: datetime) -> Card:
    account, reads = account_by_id(session, account_id), _reads()
    given = {"account": account.id, "now": now, "then": now - WEEK}
    last = session.scalar(reads.checkin, given)
    return Card(
        account=account,
        owner=_member(session, account.owner_id),
        tags=tags_of(session, account.id),
        contacts=list(session.scalars(reads.contacts, given)),
        alerts=open_alerts(session, account.id),
        tasks=list(session.scalars(reads.tasks, given)),
        next_meeting=session.scalar(reads.meeting, given),
        last_checkin=last,
        checked_in_by=_member(session, last.by_id) if last else None,
        health_before=session.scalar(reads.health, given),
    )


def open_alerts(session: Session, account_id: int) -> list[Alert]:
    return list(session.scalars(_reads().alerts, {"account": account_id}))


def health_at(session: Session, account_id: int, at: datetime) -> int | None:
    return session.scalar(_reads().health, {"account": account_id, "then": at})


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
        "payments": [],
        "alerts": [_alert(a, members) for a in _of(session, Alert, account, Alert.opened_at)],
        "usage": [],
    }
    events = timeline(session, account.id, TIMELINE_JSON)
    return {
        **_facts(account, members),
        "tags": tags_of(session, account.id),
        "pipelines": {stage.pipeline: stage.stage for stage in stages},
        "score": account.score,
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


def _member(session: Session, id: int | None) -> TeamMember | None:
    return session.get(TeamMember, id) if id else None


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
