"""Alerts as somebody opens them: the card, the reason, the members of a group."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts import cards, groups
from csbot.alerts.model import Alert, AlertGroup
from csbot.alerts.routing import route
from csbot.alerts.scope import Scope
from csbot.alerts.service import opened
from csbot.errors import Refused
from csbot.find import by_id
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.alert_card import AlertCard
from messages.alert_forms import GroupList, Limit, WhyThis
from messages.alert_replies import AlertGroupCard
from messages.text import Money

FIRED_IN = timedelta(days=90)
LIMITS = {
    "inactive": ("inactive_days", "high_arr", "low_health"),
    "task": ("task_due_soon_days",),
    "meeting_tomorrow": (),
    "meeting_soon": ("meeting_soon_minutes",),
    "renewal": ("renewal_window_days", "high_arr", "low_health"),
    "payment_failed": ("high_arr", "low_health"),
    "unowned": ("high_arr",),
    "playbook": (),
}
FEEDBACK = {"nps": "nps_detractor_max", "csat": "csat_negative_max"}


def look(
    session: Session, *, alert_id: int, by: TeamMember, settings: Settings, now: datetime
) -> tuple[Alert, AlertCard]:
    """An open alert and its card; Refused once it is closed."""
    alert = opened(session, alert_id, by)
    card = cards.load(Scope.of_one(session, settings, now), [alert.id])[alert.id]
    return alert, cast(AlertCard, card)


def explain(
    session: Session, *, alert_id: int, by: TeamMember, settings: Settings, now: datetime
) -> WhyThis:
    alert, card = look(session, alert_id=alert_id, by=by, settings=settings, now=now)
    account = session.get_one(Account, alert.account_id)
    limits = settings.config.thresholds
    there = route(settings, kind=alert.kind, own=account.channel, segment=account.segment)
    moved = "where it went when it was raised; new ones go elsewhere now"
    return WhyThis(
        card=card,
        limits=tuple(_limit(settings, name) for name in _names(alert)),
        high_arr=Money(Decimal(limits.high_arr), account.currency),
        low_health=limits.low_health,
        channel=alert.channel,
        route=there.because if there.channel == alert.channel else moved,
        fired=_fired(session, alert, now),
    )


def _names(alert: Alert) -> tuple[str, ...]:
    if alert.kind == "feedback":
        scale = alert.evidence.get("scale", "")
        return (FEEDBACK.get(scale, "happiness_negative_max"), "high_arr")
    return LIMITS[alert.kind]


def _limit(settings: Settings, name: str) -> Limit:
    limits = settings.config.thresholds
    default = name not in limits.model_fields_set
    return Limit(f"thresholds.{name}", int(getattr(limits, name)), default)


def _fired(session: Session, alert: Alert, now: datetime) -> int:
    query = select(func.count()).where(
        Alert.account_id == alert.account_id,
        Alert.kind == alert.kind,
        Alert.opened_at > now - FIRED_IN,
    )
    return session.scalar(query) or 0


def everyone(
    session: Session, *, group_id: int, by: TeamMember, settings: Settings, now: datetime
) -> GroupList:
    """The members of a group that nobody has dealt with yet."""
    require(by, May.SEE_ACCOUNTS)
    missing = "I know no such message any more."
    group = by_id(session, AlertGroup, group_id, missing=missing)
    shown = groups.shown(Scope.load(session, settings, now), [group.id])[group.id]
    if not isinstance(shown, AlertGroupCard):
        raise Refused("All of them are dealt with.")
    return GroupList(count=shown.count, members=shown.members)
