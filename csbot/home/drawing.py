"""Draws somebody's App Home as it is at a moment, which is when it is sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.home import HomeOfStranger, render_home


def draw(
    sessions: sessionmaker[Session], settings: Settings, slack_id: str, now: datetime
) -> dict[str, Any] | None:
    """What `views.publish` takes; None for whoever has left, and for guests and outsiders."""
    with sessions() as session:
        member = session.scalar(select(TeamMember).where(TeamMember.slack_id == slack_id))
        if member is None:
            return render_home(HomeOfStranger())
        if member.is_outsider or not member.active:
            return None
        return render_home(HomeOfStranger())
