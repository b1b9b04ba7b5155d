"""Done, from an alert's menu: what it asks for is dealt with."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts import journal
from csbot.alerts.model import Alert
from csbot.alerts.service import opened, settle
from csbot.errors import Refused
from csbot.playbooks.model import PlaybookAlert
from csbot.settings import Settings
from csbot.tasks.service import finish_task
from csbot.team.model import TeamMember


def done(
    session: Session, *, alert_id: int, by: TeamMember, now: datetime, settings: Settings
) -> None:
    """Finish the task, or what the step of a playbook asked for; Refused for other alerts."""
    alert = opened(session, alert_id, by)
    if alert.kind == "task":
        finish_task(session, task_id=int(alert.subject), by=by, now=now, settings=settings)
    elif alert.kind == "playbook":
        _step_done(session, alert, by, now)
        settle(session, account_id=alert.account_id, by=by, settings=settings, now=now)
    else:
        raise Refused("Log a check-in instead: this one closes when its cause is gone.")


def _step_done(session: Session, alert: Alert, by: TeamMember, now: datetime) -> None:
    asked = session.get(PlaybookAlert, int(alert.subject), with_for_update=True)
    if asked is None or asked.done_at is not None:
        raise Refused("It is done already.")
    asked.done_at, asked.done_by_id = now, by.id
    audit.record(
        session, verb="alert.done", subject=f"alert:{alert.id}", account=alert.account_id,
        by=by.id, now=now, after=journal.about(alert.kind, alert.evidence),
    )  # fmt: skip
