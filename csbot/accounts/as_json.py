"""One account as JSON for other programs: all that csbot keeps of it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot.accounts.model import Account, AccountPipeline
from csbot.accounts.service import tags_of
from csbot.accounts.timeline import timeline
from csbot.alerts.model import Alert
from csbot.captures import Capture
from csbot.checkins.model import CheckIn
from csbot.churn import queries as churn
from csbot.contacts import Contact
from csbot.db.base import Base
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.notes.model import Note
from csbot.onboarding.model import Requirements
from csbot.payments import queries as billing
from csbot.payments.model import Payment
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.tickets.model import Ticket
from csbot.touches import listed as touches
from csbot.usage import queries as usage

TIMELINE_JSON = 200
T = TypeVar("T", bound=Base)


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
        "notes": [_note(n, members) for n in _of(session, Note, account, Note.at)],
        "messages": [_message(m, members) for m in _of(session, Capture, account, Capture.at)],
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


def _message(kept: Capture, members: dict[int, str]) -> dict[str, Any]:
    names = ("kind", "text", "said_by", "said_at", "permalink", "at")
    return {**_pick(kept, *names), "by": members.get(kept.by_id or 0)}


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


def _note(note: Note, members: dict[int, str]) -> dict[str, Any]:
    return {**_pick(note, "id", "at", "text"), "by": members.get(note.by_id or 0)}


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return _pick(
        ticket, "id", "sender", "external_id", "subject", "status", "priority", "sentiment", "url",
        "opened_at", "first_response_at", "solved_at", "said_at",
    )  # fmt: skip
