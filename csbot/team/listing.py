"""Who is who: everybody of the team, a page at a time, with what they carry for who may see it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.access import May, allows, require
from csbot.away.acting import known
from csbot.away.cover import Cover
from csbot.away.queries import day_words
from csbot.team.loads import loads_of
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.team.rules import local_date, zone
from messages.team_list import Mate, TeamList

SIZE = 10


def team_list(session: Session, *, reader: TeamMember, now: datetime, page: int = 1) -> TeamList:
    """By name; a page past the last one is the last one."""
    require(reader, May.SEE_ACCOUNTS)
    here = TeamMember.active & ~TeamMember.is_outsider
    count = session.scalar(select(func.count(TeamMember.id)).where(here)) or 0
    pages = max(1, -(-count // SIZE))
    page = min(max(1, page), pages)
    rows = select(TeamMember).where(here).order_by(TeamMember.name, TeamMember.id)
    people = list(session.scalars(rows.offset((page - 1) * SIZE).limit(SIZE)))
    loads = {}
    if allows(reader.role, May.SEE_TEAM_DIGEST):
        today = local_date(reader, now)
        loads = {one.member_id: one for one in loads_of(session, people, today=today, now=now)}
    cover = known(session, now)
    mates = tuple(
        Mate(
            who=person(one), role=one.role, timezone=one.timezone,
            clock=f"{now.astimezone(zone(one)):%H:%M}", load=loads.get(one.id),
            away=_away(one, cover, now),
        )
        for one in people
    )  # fmt: skip
    return TeamList(mates=mates, count=count, page=page, pages=pages, as_of=now)


def _away(one: TeamMember, cover: Cover, now: datetime) -> str | None:
    if one.id not in cover.away:
        return None
    stands = cover.stand_in(one.id)
    who = f"{stands.name} covers" if stands else "nobody covers"
    return f"away until {day_words(one, cover.away[one.id].back_at, now)}, {who}"
