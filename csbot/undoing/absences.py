"""The way back of what people say of absences; whoever covers reads how it is now."""

from csbot.away import acting
from csbot.away.model import Absence
from csbot.away.telling import tell_cover
from csbot.undoing.way import Back, put_back, same


def said(back: Back) -> str:
    """As if it had never begun: nobody is told what happened meanwhile."""
    absence = back.row(Absence)
    same(absence.ended_at, None)
    absence.ended_at = min(back.now, absence.starts_at)
    _finish(back, absence)
    return "The absence is called off."


def changed(back: Back) -> str:
    absence = back.row(Absence)
    same(absence.caught_up_at, None)
    former = absence.cover_id
    put_back(back, absence)
    _finish(back, absence, former)
    return "The absence is as it was before."


def _finish(back: Back, absence: Absence, former_id: int | None = None) -> None:
    back.session.flush()
    acting.forget(back.session)
    tell_cover(back.session, absence, by=back.by, now=back.now, former_id=former_id)
