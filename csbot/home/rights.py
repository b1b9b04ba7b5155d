"""Homes of people who may see more or less than before: what stands there is not theirs now."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.home.model import Home
from csbot.outbox.queue import enqueue_homes
from csbot.team.model import TeamMember


def changed(session: Session, members: Collection[int], *, now: datetime) -> None:
    """Draw the Homes anew of those of these people who have ever opened theirs."""
    if not members:
        return
    seen = select(TeamMember.slack_id).join(Home, Home.member_id == TeamMember.id)
    found = session.scalars(seen.where(TeamMember.id.in_(members)))
    enqueue_homes(session, {id for id in found if id}, now=now)
