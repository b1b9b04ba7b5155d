"""How an absence is shown to whoever asked for it."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.away.cover import Cover
from csbot.away.model import Absence
from csbot.away.queries import day_words
from csbot.away.rules import Span, misses_a_day
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.away import AwayOver, AwayShown


def shown(
    session: Session, absence: Absence, *, reader: TeamMember, saved: bool, now: datetime
) -> AwayShown:
    """Who stands in is told as of when it begins."""
    member = session.get_one(TeamMember, absence.member_id)
    begins = max(now, absence.starts_at)
    cover = Cover.load(session, begins)
    span = Span(member.id, absence.cover_id, absence.starts_at, absence.ends_at)
    stands = Cover(cover.team, {**cover.away, member.id: span}).stand_in(member.id)
    named = cover.person(absence.cover_id)
    return AwayShown(
        absence_id=absence.id,
        member_id=member.id,
        who=None if member.id == reader.id else member.name,
        from_day=day_words(member, absence.starts_at, now),
        back_day=day_words(member, absence.ends_at, now),
        begun=absence.starts_at <= now,
        cover=person(named) if named else None,
        stands=person(stands) if stands else None,
        saved=saved,
    )


def over(absence: Absence, member: TeamMember, *, reader: TeamMember) -> AwayOver:
    ended, began = absence.ended_at, absence.starts_at
    return AwayOver(
        who=None if member.id == reader.id else member.name,
        begun=ended is not None and ended > began,
        told=ended is not None and misses_a_day(began, ended),
    )
