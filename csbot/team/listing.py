"""Who is who: everybody of the team, a page at a time, with what they carry for who may see it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.access import May, allows, require
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
    mates = tuple(
        Mate(
            who=person(one), role=one.role, timezone=one.timezone,
            clock=f"{now.astimezone(zone(one)):%H:%M}", load=loads.get(one.id),
        )
        for one in people
    )  # fmt: skip
    return TeamList(mates=mates, count=count, page=page, pages=pages, as_of=now)
