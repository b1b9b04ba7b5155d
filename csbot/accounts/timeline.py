"""What happened to an account, newest first, drawn from everything that leaves a trace."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from csbot.accounts.model import HealthChange
from csbot.audit import AuditEntry
from csbot.captures import Capture
from csbot.checkins.model import CheckIn
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.notes.model import Note
from csbot.onboarding.stages import find, tracks
from csbot.team.model import TeamMember
from messages.timeline import (
    IMPORTS,
    change_words,
    checkin_words,
    feedback_words,
    health_words,
    import_words,
    meeting_words,
    message_words,
)

# These leave rows of their own, which say more than their entry in the audit.
TOLD_ELSEWHERE = (
    "checkin.logged",
    "feedback.recorded",
    "account.health_set",
    "meeting.added",
    "meeting.outcome",
    "feedback.imported",
    "feedback.updated",
    "meeting.imported",
    "promise.nudged",
    "promise.kept",
    "promise.void",
    "meeting.updated",
    "note.added",
    "message.kept",
)


@dataclass(frozen=True)
class Event:
    """`kind` is checkin, feedback, meeting, health, message or change; `what` a plain sentence.

    `link` leads to it in Slack, if it stands there.
    """

    at: datetime
    kind: str
    what: str
    by: str | None
    link: str | None = None


def timeline(session: Session, account_id: int, limit: int) -> list[Event]:
    """The newest `limit` events, meetings to come included."""
    read = (_checkins, _feedback, _meetings, _health, _messages, _notes, _changes, _imports)
    events = [event for events in read for event in events(session, account_id, limit)]
    newest = sorted(events, key=lambda event: event.at, reverse=True)[:limit]
    return _with_covers(session, account_id, newest)


def _with_covers(session: Session, account_id: int, events: list[Event]) -> list[Event]:
    """Whoever did it in somebody's place: Lee, covering for Dana."""
    if not events:
        return []
    by, absent = aliased(TeamMember), aliased(TeamMember)
    query = (
        select(AuditEntry.at, by.name, absent.name)
        .join(by, by.id == AuditEntry.by_id)
        .join(absent, absent.id == AuditEntry.acting_for_id)
        .where(AuditEntry.account_id == account_id, AuditEntry.at >= events[-1].at)
    )
    covered = {(at, name): whom for at, name, whom in session.execute(query)}
    return [
        replace(event, by=f"{event.by}, covering for {whom}")
        if event.by and (whom := covered.get((event.at, event.by)))
        else event
        for event in events
    ]


def _rows(session: Session, query: Any, at: Any, limit: int) -> Iterator[Any]:
    yield from session.execute(query.order_by(at.desc()).limit(limit))


def _by(member: Any) -> Any:
    return TeamMember.id == member


_CAPTURED = Capture.kind == "checkin", Capture.subject_id == CheckIn.id


def _checkins(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    query = (
        select(CheckIn, TeamMember.name)
        .outerjoin(TeamMember, _by(CheckIn.by_id))
        .where(CheckIn.account_id == account_id, ~exists().where(*_CAPTURED))
    )
    for row, name in _rows(session, query, CheckIn.at, limit):
        yield Event(row.at, "checkin", checkin_words(row.channel, row.note, row.sentiment), name)


def _feedback(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    query = (
        select(Feedback, TeamMember.name)
        .outerjoin(TeamMember, _by(Feedback.recorded_by_id))
        .where(Feedback.account_id == account_id)
    )
    for row, name in _rows(session, query, Feedback.at, limit):
        words = feedback_words(row.kind, row.score, row.comment)
        yield Event(row.at, "feedback", words, name)


def _meetings(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    query = (
        select(Meeting, TeamMember.name)
        .outerjoin(TeamMember, _by(Meeting.organizer_id))
        .where(Meeting.account_id == account_id)
    )
    for row, name in _rows(session, query, Meeting.starts_at, limit):
        yield Event(row.starts_at, "meeting", meeting_words(row.title, row.outcome), name)


def _health(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    query = (
        select(HealthChange, TeamMember.name)
        .outerjoin(TeamMember, _by(HealthChange.by_id))
        .where(HealthChange.account_id == account_id)
    )
    for row, name in _rows(session, query, HealthChange.at, limit):
        yield Event(row.at, "health", health_words(row.status, row.score, row.reason), name)


def _messages(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    """One logged as a check-in with what was noted of it: it is one event."""
    query = (
        select(Capture, TeamMember.name, CheckIn.note, CheckIn.sentiment)
        .outerjoin(TeamMember, _by(Capture.by_id))
        .outerjoin(CheckIn, and_(*_CAPTURED))
        .where(Capture.account_id == account_id)
    )
    for row, name, note, sentiment in _rows(session, query, Capture.at, limit):
        noted = note if note != row.text else None
        words = message_words(row.kind, row.said_by, row.text, sentiment, noted)
        yield Event(row.at, "message", words, name, row.permalink)


def _notes(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    query = (
        select(Note, TeamMember.name)
        .outerjoin(TeamMember, _by(Note.by_id))
        .where(Note.account_id == account_id)
    )
    for row, name in _rows(session, query, Note.at, limit):
        yield Event(row.at, "note", f"Note: {row.text}", name)


def _changes(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    query = (
        select(AuditEntry, TeamMember.name)
        .outerjoin(TeamMember, _by(AuditEntry.by_id))
        .where(
            AuditEntry.account_id == account_id,
            AuditEntry.verb.not_in((*TOLD_ELSEWHERE, *IMPORTS)),
        )
    )
    for row, name in _rows(session, query, AuditEntry.at, limit):
        yield Event(row.at, "change", words(row), name)


def _imports(session: Session, account_id: int, limit: int) -> Iterator[Event]:
    """One event for each kind in a file, however many rows it had."""
    query = (
        select(AuditEntry.at, AuditEntry.verb, TeamMember.name, func.count().label("rows"))
        .outerjoin(TeamMember, _by(AuditEntry.by_id))
        .where(AuditEntry.account_id == account_id, AuditEntry.verb.in_(IMPORTS))
        .group_by(AuditEntry.at, AuditEntry.verb, TeamMember.name)
    )
    for at, verb, name, rows in _rows(session, query, AuditEntry.at, limit):
        yield Event(at, "change", import_words(verb, rows), name)


def words(entry: AuditEntry) -> str:
    """What an entry says of a change, as a plain sentence."""
    return change_words(entry.verb, _facts(entry.before), _facts(entry.after), entry.why)


def _facts(stored: dict[str, Any] | None) -> dict[str, Any]:
    """As the audit has them, with the stage's name in place of its key."""
    facts = dict(stored or {})
    if facts.get("stage"):
        facts["stage"] = stage_name(facts.get("process"), facts["stage"])
    return facts


def stage_name(process: str | None, key: str) -> str:
    """Tracks share keys; older entries of the log do not say which track it was."""
    known = find(process, key) if process else None
    return known.name if known else _names().get(key, key)


@cache
def _names() -> dict[str, str]:
    return {stage.key: stage.name for stages in tracks().values() for stage in stages}
