"""Whose Home it is, as they may see it, at one moment."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.alerts.scope import Scope
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, zone

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sight:
    session: Session
    settings: Settings
    person: TeamMember
    now: datetime

    @cached_property
    def scope(self) -> Scope:
        return Scope.load(self.session, self.settings, self.now)

    @property
    def today(self) -> date:
        return local_date(self.person, self.now)

    @property
    def day(self) -> tuple[datetime, datetime]:
        """When their day begins and ends."""
        begins = datetime.combine(self.today, time(), zone(self.person))
        ends = datetime.combine(self.today + DAY, time(), zone(self.person))
        return begins.astimezone(UTC), ends.astimezone(UTC)

    def may(self, action: May) -> bool:
        return allows(self.person.role, action)
