"""What people ask the worker for in Slack: noted once, a few at a time."""

import json
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.db.rows import insert_once
from csbot.errors import Refused
from csbot.inbox.model import Received
from csbot.team.model import TeamMember

ASKED = "asked"
MOST = 3  # of one person at a time: each keeps the worker busy for a while


def note(
    session: Session, source: str, playbook: str, *, what: str = "", by: TeamMember, now: datetime,
    **more: str,
) -> None:  # fmt: skip
    """The same again within a minute is one question; Refused while enough of theirs wait."""
    event_id = f"{by.id}:{playbook}:{what}:{now:%Y-%m-%dT%H:%M}"
    waiting = select(func.count(Received.id)).where(
        Received.source == source,
        Received.state == ASKED,
        Received.event_id.startswith(f"{by.id}:", autoescape=True),
        Received.event_id != event_id,
    )
    if (session.scalar(waiting) or 0) >= MOST:
        raise Refused(f"I am at {MOST} that you asked for already. Ask again once they are there.")
    insert_once(
        session,
        Received,
        source=source,
        event_id=event_id,
        received_at=now,
        state=ASKED,
        kind=playbook,
        body=json.dumps({"by": by.id, **more}),
        tries=0,
    )


def reached_at(session: Session, member_id: int | None) -> str | None:
    """The Slack id of who asked; nothing of who has left since."""
    who = session.get(TeamMember, member_id)
    return who.slack_id if who and who.active and not who.is_outsider else None
