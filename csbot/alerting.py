"""What somebody's act on an account means for its alerts, in the same transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

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
