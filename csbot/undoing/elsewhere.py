"""Meetings that csbot took for cancelled, and that are to take place after all."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts.among import among
from csbot.audit import AuditEntry, stands
from csbot.meetings.model import Meeting
from csbot.settings import Settings
from csbot.undoing import runs, work
from csbot.undoing.way import Change, reverse


def on_again(
    session: Session, meetings: Collection[Meeting], *, why: str, settings: Settings, now: datetime
) -> set[int]:
    """Take back that they were cancelled, with all that it began; returns their ids.

    What a person said of one of them stays.
    """
    back = set[int]()
    for entry in _newest(session, meetings).values():
        if entry.by_id is None and entry.after == {"outcome": "cancelled"}:
            change = Change(session, entry, now, settings)
            work.meeting_outcome(change)
            audit.record_all(session, [reverse(entry, None, now, why)])
            runs.stop(change, by=None)
            back.add(change.number)
    return back


def _newest(session: Session, meetings: Collection[Meeting]) -> dict[str, AuditEntry]:
    """What was said last of how each of them went."""
    if not meetings:
        return {}
    entries = session.scalars(
        select(AuditEntry)
        .where(
            among(session, AuditEntry.account_id, {one.account_id for one in meetings}),
            AuditEntry.subject.in_([f"meeting:{one.id}" for one in meetings]),
            AuditEntry.verb == "meeting.outcome",
            stands(),
        )
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    return {entry.subject: entry for entry in entries}
