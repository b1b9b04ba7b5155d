"""Finds team members in Slack by their e-mail, and notices who has left or become a guest."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.home import rights
from csbot.slack.gateway import RateLimited, SlackFailure, UserInfo
from csbot.team.model import TeamMember
from csbot.team.service import learn
from csbot.wiring import Wiring

AGAIN_AFTER = timedelta(hours=20)
SOON_AGAIN = timedelta(minutes=50)
AT_ONCE = 40  # of the 50 look-ups that Slack grants in a minute


def refresh_people(wiring: Wiring, *, now: datetime) -> tuple[int, int]:
    """Look some people up in Slack; returns how many were matched and how many looked up."""
    with wiring.sessions() as session:
        asked = [(m.id, m.slack_id, m.email) for m in _unchecked(session, now)]
    answers: dict[int, UserInfo | None] = {}
    for id, slack_id, email in asked:
        try:
            answers[id] = (
                wiring.slack.user(slack_id) if slack_id else wiring.slack.user_by_email(email)
            )
        except RateLimited:
            break
        except SlackFailure:
            continue
    with wiring.sessions.begin() as session:
        before = _outsiders(session, answers)
        matched = sum(_note(session, id, info, now) for id, info in answers.items())
        rights.changed(session, before ^ _outsiders(session, answers), now=now)
    return matched, len(answers)


def _unchecked(session: Session, now: datetime) -> list[TeamMember]:
    """Longest unseen first; people whom Slack does not know yet come up again within the hour."""
    seen = TeamMember.slack_checked_at
    stale = or_(
        seen.is_(None),
        seen < now - AGAIN_AFTER,
        and_(TeamMember.slack_id.is_(None), seen < now - SOON_AGAIN),
    )
    return list(
        session.scalars(
            select(TeamMember)
            .where(TeamMember.active, stale)
            .order_by(seen.asc().nulls_first(), TeamMember.id)
            .limit(AT_ONCE)
        )
    )


def _outsiders(session: Session, members: Collection[int]) -> set[int]:
    outside = select(TeamMember.id).where(TeamMember.is_outsider, TeamMember.id.in_(members))
    return set(session.scalars(outside))


def _note(session: Session, id: int, info: UserInfo | None, now: datetime) -> bool:
    """Whether this matched somebody who had no Slack id before."""
    member = session.get(TeamMember, id)
    if member is None:
        return False
    if info is not None:
        learn(session, member, info)
    member.slack_checked_at = now
    if info is None:
        return False
    member.is_outsider = info.is_outsider
    taken = select(TeamMember.id).where(TeamMember.slack_id == info.id)
    if member.slack_id is not None or info.is_outsider or session.scalar(taken) is not None:
        return False
    member.slack_id = info.id
    audit.record(
        session, verb="match", subject=f"team:{id}", by=None, now=now, after={"slack_id": info.id}
    )
    return True
