"""When a meeting was arranged, moved, noted or put on again, as the audit log has it."""

from typing import Any

from sqlalchemy import Select, String, and_, cast, func, or_, select

from csbot.audit import TAKEN_BACK, AuditEntry, stands
from csbot.conditions.moments import utc_text
from csbot.meetings.model import Meeting
from csbot.playbooks.triggers.look import AGAIN, Look

TO_THE_MINUTE = len("2026-12-04T10:00")
_WAS, _IS = (side["starts_at"].as_string() for side in (AuditEntry.before, AuditEntry.after))
MOVED = and_(AuditEntry.verb == "meeting.updated", _WAS != _IS)
NOTED = AuditEntry.verb == "meeting.outcome"
# That it was cancelled has been taken back.
ON_AGAIN = and_(
    AuditEntry.verb == f"{TAKEN_BACK}meeting.outcome",
    AuditEntry.before["outcome"].as_string() == "cancelled",
)


def told(look: Look, what: Any) -> Select[Any]:
    """When the log lately had this of a meeting, and nobody has taken it back."""
    return _when().where(what, look.lately(AuditEntry.at), stands())


def back_since() -> Any:
    """Empty unless it was arranged for the same time before; else when it last was not any more.

    Also by a move that was taken back, or a cancellation: that is what brought it back.
    """
    was, now_is = func.substr(_WAS, 1, TO_THE_MINUTE), func.substr(_IS, 1, TO_THE_MINUTE)
    same = was == func.substr(utc_text(Meeting.starts_at), 1, TO_THE_MINUTE)
    left = and_(AuditEntry.verb == "meeting.updated", same, was != now_is)
    last = _when().where(or_(left, ON_AGAIN)).scalar_subquery()
    return func.coalesce(AGAIN + utc_text(last), "")


def _when() -> Select[Any]:
    return select(func.max(AuditEntry.at)).where(
        AuditEntry.account_id == Meeting.account_id,
        AuditEntry.subject == "meeting:" + cast(Meeting.id, String),
    )
