"""What a run of the detectors looks at: the moment, the limits, the people, the accounts."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache, cached_property
from typing import Any, Self, TypeVar, TypeVarTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, literal, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from csbot.alerts import choices
from csbot.alerts.among import among
from csbot.alerts.mutes import Mutes
from csbot.away import acting
from csbot.away.cover import Cover
from csbot.settings import Settings, Thresholds
from csbot.sources import Heard
from csbot.team.model import TeamMember
from csbot.team.roster import Roster
from csbot.team.rules import alerts_by, zone

T = TypeVar("T", bound=date)
V = TypeVar("V")
Ts = TypeVarTuple("Ts")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@cache
def _everybody() -> Select[TeamMember]:
    return select(TeamMember)


@cache
def _named(name: str) -> ZoneInfo:
    return zone(TeamMember(timezone=name))


@dataclass(frozen=True)
class Scope:
    """`actor` is whose act this look follows: nobody is pinged for their own.

    With `held`, what is raised waits to be released, so that it is grouped once all of it is there.
    While a playbook's detector looks, `playbook` names it, `own_limits` are its limits, and
    `chosen` are the accounts that it is about, as a condition on Account.
    """

    session: Session
    settings: Settings
    now: datetime
    team: Mapping[int, TeamMember]
    accounts: frozenset[int] | None = None
    actor: int | None = None
    held: bool = False
    playbook: str = ""
    own_limits: Thresholds | None = None
    chosen: ColumnElement[bool] = field(default_factory=true)
    known: dict[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def load(
        cls,
        session: Session,
        settings: Settings,
        now: datetime,
        accounts: Collection[int] | None = None,
        actor: int | None = None,
    ) -> Self:
        team = {member.id: member for member in session.scalars(_everybody())}
        chosen = None if accounts is None else frozenset(accounts)
        return cls(session, settings, now, team, chosen, actor)

    @classmethod
    def of_one(cls, session: Session, settings: Settings, now: datetime) -> Self:
        """For one alert: of the team only those are read whom it concerns."""
        return cls(session, settings, now, Roster(session))

    @property
    def limits(self) -> Thresholds:
        return self.own_limits or self.settings.config.thresholds

    @property
    def nobody(self) -> TeamMember:
        """Whose hours and zone count where there is no person."""
        hours = self.settings.config.working_hours
        return TeamMember(
            name="nobody",
            timezone=self.settings.env.csbot_timezone,
            working_days=list(hours.days),
            work_starts=hours.starts,
            work_ends=hours.ends,
            alerts_by="mention",
        )

    def person(self, id: int | None) -> TeamMember | None:
        """Somebody who still works here."""
        member = self.team.get(id) if id else None
        return member if member and member.active and not member.is_outsider else None

    def name(self, id: int | None) -> str:
        """What to call somebody who may have left the team, or been csbot itself."""
        member = self.team.get(id) if id else None
        return member.name if member else "Somebody"

    @cached_property
    def mutes(self) -> Mutes:
        return Mutes.load(self.session, self.now)

    @property
    def choices(self) -> Mapping[tuple[int, str], str]:
        """What people have chosen for single kinds, asked once for this look."""
        return self.once("choices", lambda: choices.of_all(self.session))

    def alerts_by(self, member: TeamMember, playbook: str, kind: str) -> str:
        """How alerts of a playbook and kind reach somebody."""
        if (playbook, member.id) in self.mutes.members:
            return "digest"
        chosen = self.choices.get((member.id, kind))
        return alerts_by(member, self.settings.config.alerts_by, chosen)

    def once(self, what: str, ask: Callable[[], V]) -> V:
        """What is asked once for this look and those made from it by `replace`."""
        if what not in self.known:
            self.known[what] = ask()
        found: V = self.known[what]
        return found

    @property
    def heard(self) -> Heard:
        """What is known of the sources' silence, asked once for this look."""
        limits = self.settings.config.silent_after
        return self.once("heard", lambda: Heard.load(self.session, limits, self.now))

    @property
    def cover(self) -> Cover:
        """Who is away, asked once for this look, and who stands in for them."""
        return acting.known(self.session, self.now)

    def told(self, id: int | None) -> TeamMember | None:
        """Who hears what somebody would hear: they themselves, or who stands in for them."""
        return self.cover.stand_in(id) if id else None

    def above(self, owner: TeamMember) -> TeamMember | None:
        """Who hears what went up: the manager, or who stands in for them; nobody who has heard."""
        manager, told = self.told(owner.manager_id), self.told(owner.id)
        known = {owner.id, told.id if told else None}
        return manager if manager and manager.slack_id and manager.id not in known else None

    def clock_of(self, id: int | None) -> TeamMember:
        """Whose working time counts for what somebody is to be told."""
        return self.told(id) or self.nobody

    def within(self, column: Column) -> ColumnElement[bool]:
        """That `column` is one of the accounts looked at."""
        return true() if self.accounts is None else among(self.session, column, self.accounts)

    def narrow(self, query: Select[*Ts], column: Column) -> Select[*Ts]:
        """What of `query` is about the accounts looked at; itself, ready to run, where that is all.

        To put a statement together takes longer than to find nothing with it.
        """
        if self.accounts is not None:
            query = query.where(self.within(column))
        return query if self.chosen is true() else query.where(self.chosen)

    def among(self, column: Column, ids: Collection[int]) -> ColumnElement[bool]:
        return among(self.session, column, ids)

    def zone(self, name: str | None) -> ZoneInfo:
        return _named(name or self.settings.env.csbot_timezone)

    def today(self, name: str | None = None) -> date:
        """The date in a zone, or in csbot's own."""
        return self.now.astimezone(self.zone(name)).date()

    def dates(self) -> dict[str | None, date]:
        """The date in every zone that somebody of the team lives in, and in csbot's own."""
        names = {None, *(member.timezone for member in self.team.values())}
        return {name: self.today(name) for name in names}

    def midnight(self, day: date, name: str | None = None) -> datetime:
        return datetime.combine(day, time(), self.zone(name))

    def by_zone(
        self, column: Column, value: Callable[[str | None], T], kind: TypeEngine[Any]
    ) -> tuple[ColumnElement[T], T]:
        """`value` of the zone that `column` names, as one CASE; and the greatest of them."""
        names = sorted({member.timezone for member in self.team.values()})
        values: dict[str, T] = {name: value(name) for name in names}
        other: T = value(None)
        if not values:
            return literal(other, kind), other
        whens = {name: literal(found, kind) for name, found in values.items()}
        greatest: T = max([*values.values(), other])
        return case(whens, value=column, else_=literal(other, kind)), greatest
