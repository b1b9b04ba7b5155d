"""Who is away now, read once, and who stands in for them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
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
        """One query; nobody of the team is read while everybody is there."""
        rows = session.execute(_now(), {"now": now})
        away = {row.member_id: Span(*row) for row in rows}
        return cls(Roster(session) if team is None else team, away)

    def person(self, id: int | None) -> TeamMember | None:
        """Somebody who still works here."""
        member = self.team.get(id) if id else None
        return member if member and member.active and not member.is_outsider else None

    def stand_in(self, id: int | None) -> TeamMember | None:
        """Who is told what `id` would be told; themselves, unless they are away."""
        return rules.stand_in(id, self.away, self.person)

    def covered_by(self, id: int) -> list[TeamMember]:
        """Those whom somebody stands in for now, by name."""
        found = [
            member
            for away in self.away
            if (member := self.person(away)) and (stands := self.stand_in(away)) and stands.id == id
        ]
        return sorted(found, key=lambda member: (member.name, member.id))

    def covers(self, member: TeamMember, owner_id: int | None) -> bool:
        """Whether somebody may do now what only `owner_id` may: it is they, or they stand in."""
        if owner_id is None or owner_id == member.id:
            return owner_id is not None
        stands = self.stand_in(owner_id) if owner_id in self.away else None
        return stands is not None and stands.id == member.id


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


def acts_for(session: Session, member: TeamMember, owner_id: int | None, now: datetime) -> bool:
    """Whether somebody counts as the owner: they are, or stand in for the owner, who is away."""
    if owner_id is None or owner_id == member.id:
        return owner_id is not None
    return Cover.load(session, now).covers(member, owner_id)


def as_owners(
    session: Session, member: TeamMember, owner_ids: Iterable[int | None], now: datetime
) -> Collection[int]:
    """Of these owners those as whom somebody may act now."""
    cover = Cover.load(session, now)
    return {id for id in owner_ids if id is not None and cover.covers(member, id)}
