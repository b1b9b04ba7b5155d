"""What people ask the worker for in Slack: noted once, a few at a time."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.rows import insert_once
from csbot.errors import Refused
from csbot.inbox.model import Received
from csbot.inbox.service import DONE
from csbot.team.model import TeamMember

ASKED = "asked"
MOST = 3  # of one person at a time: each keeps the worker busy for a while
MINUTE = timedelta(minutes=1)
TRIES, LEASE = 3, timedelta(minutes=10)


@dataclass(frozen=True)
class Taken:
    """Somebody's wish while the worker is at it; `tries` counts this one."""

    id: int
    kind: str
    told: dict[str, Any]
    tries: int


def note(
    session: Session, source: str, kind: str, *, what: str = "", by: TeamMember, now: datetime,
    once_in: timedelta = timedelta(), **more: str,
) -> bool:  # fmt: skip
    """False for the same again while it waits or within a minute, or `once_in` a longer time;
    Refused while enough wait.
    """
    same = f"{by.id}:{kind}:{what}@"
    # Another press of theirs at this moment waits, and is judged with what this one leaves.
    me = select(TeamMember.id).where(TeamMember.id == by.id)
    session.execute(me.with_for_update(key_share=True))
    waiting = _waiting(session, source, by)
    if any(event_id.startswith(same) for event_id in waiting):
        return False
    if _had(session, source, same, now - max(once_in, MINUTE)):
        return False
    if len(waiting) >= MOST:
        raise Refused(f"I am at {MOST} that you asked for already. Ask again once they are there.")
    return insert_once(
        session,
        Received,
        source=source,
        event_id=f"{same}{now.isoformat()}",
        received_at=now,
        state=ASKED,
        kind=kind,
        body=json.dumps({"by": by.id, **more}),
        tries=0,
    )


def _had(session: Session, source: str, same: str, since: datetime) -> bool:
    alike = Received.event_id.startswith(same, autoescape=True), Received.received_at > since
    return bool(session.scalar(select(exists().where(Received.source == source, *alike))))


def _waiting(session: Session, source: str, by: TeamMember) -> list[str]:
    mine = Received.event_id.startswith(f"{by.id}:", autoescape=True)
    query = select(Received.event_id).where(
        Received.source == source, Received.state == ASKED, mine
    )
    return list(session.scalars(query))


def waiting(sessions: sessionmaker[Session], source: str) -> list[int]:
    """What has been asked for and is not there yet, oldest first."""
    query = select(Received.id).where(Received.source == source, Received.state == ASKED)
    with sessions() as session:
        return list(session.scalars(query.order_by(Received.id)))


def take(session: Session, id: int, *, now: datetime) -> Taken | None:
    """One of them, for a while: nobody else gets it meanwhile, but for whoever was killed."""
    free = or_(Received.tried_at.is_(None), Received.tried_at <= now - LEASE)
    query = select(Received).where(Received.id == id, Received.state == ASKED, free)
    row = session.scalar(query.with_for_update(skip_locked=True))
    if row is None:
        return None
    row.tries, row.tried_at = row.tries + 1, now
    return Taken(row.id, row.kind or "", json.loads(row.body or "{}"), row.tries)


def finish(session: Session, id: int) -> bool:
    """False when somebody else was faster."""
    row = session.get(Received, id, with_for_update=True)
    if row is None or row.state != ASKED:
        return False
    row.state, row.body = DONE, None
    return True


def failed(session: Session, id: int, problem: str) -> None:
    """What came of it, once it had been sent."""
    row = session.get(Received, id, with_for_update=True)
    if row is not None:
        row.problem = problem


def last_problem(session: Session, source: str, *, since: datetime) -> str | None:
    """What was wrong with the newest that anybody was sent; None where nothing was."""
    newest = select(Received.problem).where(
        Received.source == source, Received.state == DONE, Received.received_at > since
    )
    return session.scalar(newest.order_by(Received.received_at.desc(), Received.id.desc()).limit(1))


def asker(session: Session, taken: Taken) -> TeamMember | None:
    """Who asked; nobody where they have left since, or cannot be reached."""
    who = session.get(TeamMember, taken.told.get("by"))
    return who if who and who.slack_id and who.active and not who.is_outsider else None
