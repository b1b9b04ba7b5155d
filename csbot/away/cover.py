"""Who is away now, read once, and who stands in for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Self

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from csbot.away import rules
from csbot.away.model import Absence
from csbot.away.rules import Span
from csbot.db.base import UTCDateTime
from csbot.team.model import TeamMember
from csbot.team.roster import Roster

BACK_AT: ColumnElement[datetime] = func.coalesce(Absence.ended_at, Absence.ends_at)


@dataclass(frozen=True)
class Cover:
    """Everybody who is away at a moment, by id; `team` is whom their covers are looked up in."""

    team: Mapping[int, TeamMember]
    away: Mapping[int, Span] = field(default_factory=dict)

    @classmethod
    def load(
        cls, session: Session, now: datetime, team: Mapping[int, TeamMember] | None = None
    ) -> Self:
        """One query, and one more for the team, unless it is given or everybody is there."""
        rows = session.execute(_now(), {"now": now})
        away = {row.member_id: Span(*row) for row in rows}
        if team is None:
            everybody = session.scalars(select(TeamMember)) if away else ()
            team = {member.id: member for member in everybody} or Roster(session)
        return cls(team, away)

    def person(self, id: int | None) -> TeamMember | None:
        """Somebody who still works here."""
        member = self.team.get(id) if id else None
        return member if member and member.active and not member.is_outsider else None

    def stand_in(self, id: int | None) -> TeamMember | None:
        """Who is told what `id` would be told; themselves, unless they are away."""
        return rules.stand_in(id, self.away, self.person)

    @cached_property
    def covering(self) -> dict[int, list[TeamMember]]:
        """By id of who stands in for somebody now: for whom, by name."""
        there = [member for id in self.away if (member := self.person(id))]
        found: dict[int, list[TeamMember]] = {}
        for member in sorted(there, key=lambda one: (one.name, one.id)):
            if stands := self.stand_in(member.id):
                found.setdefault(stands.id, []).append(member)
        return found


@cache
def _now() -> Select[int, int | None, datetime, datetime]:
    # Built once: this is looked at with every run.
    now = bindparam("now", type_=UTCDateTime())
    return (
        select(Absence.member_id, Absence.cover_id, Absence.starts_at, BACK_AT)
        .where(Absence.starts_at <= now, now < BACK_AT)
        .order_by(Absence.id)
    )


def stand_in(session: Session, member: TeamMember, now: datetime) -> TeamMember | None:
    """For one person: who is told in their place, they themselves while they are there."""
    return Cover.load(session, now).stand_in(member.id)


def acts_as(session: Session, member: TeamMember, now: datetime) -> set[int]:
    """The owners whom somebody counts as: themselves, and those for whom they stand in."""
    covering = Cover.load(session, now).covering.get(member.id, [])
    return {member.id, *(one.id for one in covering)}
