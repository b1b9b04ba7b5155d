"""Who can help somebody with what they may not do."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.access import Role
from csbot.errors import Forbidden, Refused
from csbot.team.model import TeamMember
from messages.text import clip

MOST = 3  # names that are read; more are a list


def said(session: Session, refusal: Refused) -> str:
    """The refusal's words; where somebody else may do it, with the admins to turn to."""
    if not isinstance(refusal, Forbidden):
        return refusal.reason
    return f"{refusal.reason} {_admins(session)} can {refusal.an_admin_can}."


def _admins(session: Session) -> str:
    """By name, without a ping, where they are few enough to be read."""
    admins = select(TeamMember.name).where(
        TeamMember.role == Role.ADMIN, TeamMember.active, ~TeamMember.is_outsider
    )
    names = session.scalars(admins.order_by(TeamMember.name).limit(MOST + 1)).all()
    few = [clip(name, 40) for name in names] if len(names) <= MOST else []
    return f"{' or '.join(few)} (admin)" if few else "An admin"
