"""What is known of somebody's absences, and how it is said in a line."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.away.acting import known
from csbot.away.cover import BACK_AT, Cover
from csbot.away.model import Absence
from csbot.team.model import TeamMember
from csbot.team.rules import zone
from messages.text import listed, near_day


def coming(session: Session, member: TeamMember, now: datetime) -> list[Absence]:
    """Those that are not over, the first one first."""
    query = select(Absence).where(Absence.member_id == member.id, now < BACK_AT)
    return list(session.scalars(query.order_by(Absence.starts_at, Absence.id)))


def line_for(session: Session, member: TeamMember, now: datetime) -> str | None:
    """That somebody is away or will be, or whom they stand in for; None when nothing is up.

    A plain sentence with people's names in it, to be escaped.
    """
    cover = known(session, now)
    said = [
        line for line in (_own(session, member, cover, now), _others(member, cover, now)) if line
    ]
    return " ".join(said) or None


def _own(session: Session, member: TeamMember, cover: Cover, now: datetime) -> str | None:
    absences = coming(session, member, now)
    if not absences:
        return None
    first = absences[0]
    back = day_words(member, first.ends_at, now)
    if first.starts_at > now:
        named = cover.person(first.cover_id)
        whose = f"; {named.name} covers" if named else ""
        begins = day_words(member, first.starts_at, now)
        return f"You will be away from {begins} to {back}{whose}."
    stands = cover.stand_in(member.id)
    whose = f"; {stands.name} covers" if stands else "; nobody covers"
    return f"You are away until {back}{whose}."


def _others(member: TeamMember, cover: Cover, now: datetime) -> str | None:
    people = cover.covering.get(member.id, [])
    if not people:
        return None
    until = {one.id: day_words(member, cover.away[one.id].back_at, now) for one in people}
    return f"You cover for {listed([f'{one.name} until {until[one.id]}' for one in people])}."


def day_words(member: TeamMember, at: datetime, now: datetime) -> str:
    """Tuesday 24 Nov, where they are, with the year where it is not this one."""
    local = at.astimezone(zone(member))
    return f"{local:%A} {near_day(local, now.astimezone(local.tzinfo))}"
