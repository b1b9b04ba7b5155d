"""Whether somebody acted on an alert: took it in hand, or did something for its account."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from csbot.alerts.model import Alert
from csbot.audit import AuditEntry, stands

IN_TIME = timedelta(days=1)
ON_ALERT = ("alert.taken", "alert.snoozed", "alert.handed_over", "alert.done")
ON_ACCOUNT = (
    "checkin.logged", "feedback.answered", "meeting.outcome", "renewal.changed",
    "renewal.next_step", "stage.advanced", "stage.ticked", "task.added", "task.finished",
)  # fmt: skip


class Told(NamedTuple):
    """An alert, from when somebody could know of it, and how it ended, if it has."""

    id: int
    playbook: str
    since: datetime
    closed_at: datetime | None
    ended: str | None
    acted_at: datetime | None

    @property
    def acted_on(self) -> bool:
        """Within a day."""
        return self.acted_at is not None and self.acted_at - self.since <= IN_TIME


def told(session: Session, *conditions: ColumnElement[bool]) -> list[Told]:
    """These alerts, with the first that somebody did and did not take back."""
    since = func.coalesce(Alert.posted_at, Alert.opened_at)
    own = and_(
        AuditEntry.verb.in_(ON_ALERT),
        AuditEntry.subject == literal("alert:") + cast(Alert.id, String),
    )
    did = and_(
        AuditEntry.account_id == Alert.account_id,
        AuditEntry.at >= Alert.opened_at,
        AuditEntry.by_id.is_not(None),
        stands(),
        or_(own, AuditEntry.verb.in_(ON_ACCOUNT)),
    )
    acts: Any = func.min(AuditEntry.at)
    query = (
        select(Alert.id, Alert.playbook, since, Alert.closed_at,
               Alert.evidence["ended"].as_string(), acts)
        .outerjoin(AuditEntry, did)
        .where(*conditions)
        .group_by(Alert.id)
        .order_by(Alert.id)
    )  # fmt: skip
    return [Told(*row) for row in session.execute(query)]
