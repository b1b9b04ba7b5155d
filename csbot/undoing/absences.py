"""The way back of what people say of absences; whoever covers reads how it is now."""

from csbot.away import acting
from csbot.away.model import Absence
from csbot.away.queries import day_words
from csbot.away.telling import tell_cover
from csbot.team.model import TeamMember
from csbot.undoing.way import Back, put_back, same


def said(back: Back) -> str:
    """As if it had never begun: nobody is told what happened meanwhile."""
    absence = back.row(Absence)
    same(absence.ended_at, None)
    absence.ended_at = min(back.now, absence.starts_at)
    _finish(back, absence)
    member = back.session.get_one(TeamMember, absence.member_id)
    reached = "you" if member.id == back.by.id else member.name
    return f"The absence is called off: alerts reach {reached}, and nobody covers."


def changed(back: Back) -> str:
    absence = back.row(Absence)
    same(absence.caught_up_at, None)
    former = absence.cover_id
    put_back(back, absence)
    _finish(back, absence, former)
    member = back.session.get_one(TeamMember, absence.member_id)
    mine, until = member.id == back.by.id, day_words(member, absence.ends_at, back.now)
    if absence.starts_at > back.now:
        begins = day_words(member, absence.starts_at, back.now)
        away = f"{'You' if mine else member.name} will be away from {begins} to {until}"
    else:
        away = f"{'You are' if mine else f'{member.name} is'} away until {until}"
    cover = back.session.get(TeamMember, absence.cover_id or 0)
    stands_in = f"; {cover.name} covers" if cover else ""
    return f"{away} as before{stands_in}."


def _finish(back: Back, absence: Absence, former_id: int | None = None) -> None:
    back.session.flush()
    acting.forget(back.session)
    tell_cover(back.session, absence, by=back.by, now=back.now, former_id=former_id)
