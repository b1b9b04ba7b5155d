"""Leaving all that is open for an account be until a moment."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.queries import open_alerts
from csbot.alerts.service import check_snooze, snooze
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.settings import Settings
from csbot.team.model import TeamMember


def snooze_account(
    session: Session,
    *,
    account_id: int,
    until: datetime,
    reason: str,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> int:
    """Snooze each open alert of the account; how many there were. Refused when there are none."""
    require(by, May.ACT_ON_ALERTS)
    account = account_by_id(session, account_id)
    check_snooze(until=until, reason=reason, now=now)
    alerts = open_alerts(session, account.id)
    if not alerts:
        raise Refused(f"{account.name} has no open alert, so there is nothing to snooze.")
    for alert in alerts:
        snooze(
            session, alert_id=alert.id, until=until, reason=reason, by=by, now=now,
            settings=settings,
        )  # fmt: skip
    return len(alerts)
