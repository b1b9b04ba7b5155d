"""Whoever is to cover hears of it once; what changes later is rewritten."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.away.model import Absence
from csbot.outbox.queue import enqueue, enqueue_update
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.away import CoverAsked


def key(absence_id: int, cover_id: int) -> str:
    return f"away:{absence_id}:{cover_id}"


def tell_cover(
    session: Session,
    absence: Absence,
    *,
    by: TeamMember,
    now: datetime,
    former_id: int | None = None,
) -> None:
    """The cover, unless it is they who say it; a former one reads that they cover no more."""
    member = session.get_one(TeamMember, absence.member_id)
    over = absence.ended_at is not None
    news = CoverAsked(
        who=person(member), starts_at=absence.starts_at, back_at=absence.ends_at, by=person(by),
        themselves=by.id == member.id, over=over,
    )  # fmt: skip
    cover = session.get(TeamMember, absence.cover_id) if absence.cover_id else None
    if former_id and former_id != absence.cover_id:
        gone = CoverAsked(
            who=person(member), starts_at=absence.starts_at, back_at=absence.ends_at,
            by=person(by), themselves=by.id == member.id, over=True,
        )  # fmt: skip
        enqueue_update(session, gone, target=key(absence.id, former_id), now=now)
    if cover is None:
        return
    own = key(absence.id, cover.id)
    to = cover.slack_id if cover.id != by.id and not over else None
    if not (to and enqueue(session, news, to=to, key=own, now=now)):
        enqueue_update(session, news, target=own, now=now)
