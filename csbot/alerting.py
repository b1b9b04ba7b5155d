"""What somebody's act on an account means for its alerts, in the same transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.alerts import service
from csbot.settings import Settings
from csbot.team.model import TeamMember


def settle(
    session: Session,
    *,
    account_id: int,
    by: TeamMember,
    settings: Settings,
    now: datetime,
    alert_id: int | None = None,
) -> None:
    """Close what the act has settled; the alert that it came from is taken by whoever acted."""
    session.flush()
    if alert_id is not None:
        service.followed_up(session, alert_id=alert_id, by=by, now=now, settings=settings)
    service.touched(session, account_ids=[account_id], settings=settings, now=now, by=by)
