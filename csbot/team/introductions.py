"""Each person's first minute with csbot: introduced once, and never by a ping of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Outgoing, Priority, enqueue, enqueue_strike
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import alerts_by, local_date
from messages.introductions import FOOT, Introduction, WhatChanged, since

AWAY = timedelta(days=30)
A_DAY = timedelta(days=1)


def introduction(member: TeamMember, settings: Settings) -> Introduction:
    return Introduction(
        role=member.role,
        alerts_by=alerts_by(member, settings.config.alerts_by),
        digest_at=f"{member.digest_at:%H:%M}",
    )


def attach(
    session: Session, posts: Sequence[Outgoing], *, settings: Settings, now: datetime
) -> list[Outgoing]:
    """The same posts, with an introduction for whoever meets csbot in them.

    It stands under a direct message; whom a message in a channel mentions reads it there, alone.
    """
    new = _claim(session, {id for post in posts for id in _reached(post)}, now)
    told = {member.slack_id: introduction(member, settings) for member in new}
    out = []
    for post in posts:
        out.append(replace(post, also=told.pop(post.to)) if post.to in told else post)
        for id in _asked(post):
            if id in told:
                key = f"introduction:{id}:{now.isoformat()}"
                out.append(Outgoing(told.pop(id), post.to, key, post.not_before, only=id,
                                    priority=Priority.ROUTINE))  # fmt: skip
    return out


def meet_at_home(session: Session, member: TeamMember, *, now: datetime) -> None:
    """Their Home is open: it introduces csbot unless they have met it elsewhere."""
    if member.introduced_at is None:
        _claim(session, {member.slack_id or ""}, now)


def at_home(
    member: TeamMember, settings: Settings, *, first_opened_at: datetime | None
) -> Introduction | None:
    """What their Home says of csbot, where they met it there and have not closed it."""
    here = member.introduced_at is not None and member.introduced_at == first_opened_at
    open_still = here and member.introduction_closed_at is None
    return introduction(member, settings) if open_still else None


def close(session: Session, member: TeamMember, *, now: datetime) -> bool:
    """They have read enough of it; False when they had closed it before."""
    if member.introduction_closed_at is not None:
        return False
    member.introduction_closed_at = now
    member.introduced_at = member.introduced_at or now
    foot = select(OutgoingMessage).where(
        OutgoingMessage.lane == member.slack_id,
        OutgoingMessage.call == "post",
        OutgoingMessage.created_at == member.introduced_at,
    )
    for row in session.scalars(foot):
        if any(_is_foot(block) for block in row.payload["blocks"]):
            enqueue_strike(session, row.key, FOOT, now=now)
    return True


def seen(session: Session, member: TeamMember, *, now: datetime) -> None:
    """Note a visit, once a day at most; who comes back after a month hears what is new."""
    last = member.seen_at
    if last is not None and last > now - A_DAY:
        return
    session.execute(
        update(TeamMember).where(TeamMember.id == member.id).values(seen_at=now),
        execution_options={"synchronize_session": False},
    )
    if last is None or last > now - AWAY or not member.slack_id:
        return
    day = local_date(member, last)
    if news := since(day):
        enqueue(session, WhatChanged(away_since=day, news=news), to=member.slack_id,
                key=f"changed:{member.id}:{day}", now=now)  # fmt: skip


def _reached(post: Outgoing) -> Iterable[str]:
    return [post.to, *_asked(post)] if post.thread is None else []


def _asked(post: Outgoing) -> list[str]:
    people = getattr(post.message, "asked", ()) if post.thread is None else ()
    return [person.slack_id for person in people if person.slack_id]


def _claim(session: Session, slack_ids: set[str], now: datetime) -> list[TeamMember]:
    """Those of them who have never been introduced, and are from now on, by this transaction."""
    if not slack_ids:
        return []
    new = update(TeamMember).where(
        TeamMember.slack_id.in_(slack_ids), TeamMember.introduced_at.is_(None)
    )
    return list(session.scalars(new.values(introduced_at=now).returning(TeamMember)))


def _is_foot(block: dict[str, object]) -> bool:
    return str(block.get("block_id", "")).startswith(FOOT)
