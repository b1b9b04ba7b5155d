"""Alerts as somebody opens them: the card, the members of a group."""

from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.alerts import cards, groups
from csbot.alerts.model import Alert, AlertGroup
from csbot.alerts.scope import Scope
from csbot.alerts.service import opened
from csbot.errors import Refused
from csbot.find import by_id
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.alert_card import AlertCard
from messages.alert_forms import GroupList
from messages.alert_replies import AlertGroupCard


def look(
    session: Session, *, alert_id: int, by: TeamMember, settings: Settings, now: datetime
) -> tuple[Alert, AlertCard]:
    """An open alert and its card; Refused once it is closed."""
    alert = opened(session, alert_id, by)
    card = cards.load(Scope.of_one(session, settings, now), [alert.id])[alert.id]
    return alert, cast(AlertCard, card)


def everyone(
    session: Session, *, group_id: int, by: TeamMember, settings: Settings, now: datetime
) -> GroupList:
    """The members of a group that nobody has dealt with yet."""
    require(by, May.SEE_ACCOUNTS)
    missing = "I know no such message any more."
    group = by_id(session, AlertGroup, group_id, missing=missing)
    shown = groups.shown(Scope.load(session, settings, now), [group.id])[group.id]
    if isinstance(shown, AlertCard):
        return GroupList(count=1, members=(groups.member(shown),))
    if not isinstance(shown, AlertGroupCard):
        raise Refused("All of them are dealt with.")
    return GroupList(count=shown.count, members=shown.members)
