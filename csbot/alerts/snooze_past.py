"""What snoozing would have hidden so far: a way to see what one asks for before it is saved.

It is counted in whole days of UTC, as a replay of the playbook is: `csbot playbook simulate`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from csbot.alerts.model import Alert
from messages.snoozing import SnoozePast

LOOKS_BACK = timedelta(days=90)
LENGTHS = (1, 7, 30)  # days


def of_alert(session: Session, alert: Alert, *, now: datetime) -> SnoozePast:
    """Of its like at this account, this one included: what the form of an alert snoozes."""
    like = Alert.kind == alert.kind, Alert.playbook == alert.playbook
    return _past(session, alert.account_id, now, *like)


def of_account(session: Session, account_id: int, *, now: datetime) -> SnoozePast:
    """Of all that came up at this account, which is what is snoozed there."""
    return _past(session, account_id, now)


def _past(
    session: Session, account_id: int, now: datetime, *like: ColumnElement[bool]
) -> SnoozePast:
    since = Alert.account_id == account_id, Alert.opened_at > now - LOOKS_BACK
    opened = session.scalars(select(Alert.opened_at).where(*since, *like).order_by(Alert.opened_at))
    days = [moment.date() for moment in opened]
    return SnoozePast(
        fired=len(days),
        hidden=tuple((length, hidden(days, timedelta(days=length))) for length in LENGTHS),
    )


def hidden(opened: Iterable[date], length: timedelta) -> int:
    """How many of these, in order, would have come while an earlier one was snoozed so long."""
    count, until = 0, None
    for day in opened:
        if until is not None and day < until:
            count += 1
        else:
            until = day + length
    return count
