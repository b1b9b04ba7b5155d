"""Saying that somebody is away, changing it, and that they are back."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows, require
from csbot.away import acting, rules
from csbot.away.cover import BACK_AT
from csbot.away.model import Absence
from csbot.away.rules import Span
from csbot.away.telling import tell_cover
from csbot.errors import Refused, refuse, tried
from csbot.find import by_id
from csbot.team.model import TeamMember

OVER = "That absence is over already. `/cs away` shows what is to come."


def say_away(
    session: Session,
    *,
    member: TeamMember,
    starts_at: datetime,
    ends_at: datetime,
    cover: TeamMember | None,
    by: TeamMember,
    now: datetime,
    keep_cover: bool = False,
    absence_id: int | None = None,
) -> Absence:
    """`member` is away until `ends_at`; what overlaps with it is that absence, changed.

    With `keep_cover` whoever was to cover in that one still does. With `absence_id` it is that one
    which changes, also to other days.
    """
    _allow(member, by)
    times = partial(rules.check_times, starts_at=starts_at, ends_at=ends_at, now=now)
    refuse(tried(times, partial(check_cover, member, cover)))
    session.scalar(select(TeamMember.id).where(TeamMember.id == member.id).with_for_update())
    span = Span(member.id, cover.id if cover else None, starts_at, ends_at)
    known = _named(session, member, absence_id, now)
    found = _same(session, span, known, now)
    if found and keep_cover:
        span = span._replace(cover_id=found.cover_id)
    refuse_loop(session, span, now)
    if found is None:
        return _add(session, span, by, now)
    return _move(session, found, span, by, now)


def _allow(member: TeamMember, by: TeamMember) -> None:
    require(by, May.SETTINGS_OWN if member.id == by.id else May.COVER_ANY)


def check_cover(member: TeamMember, cover: TeamMember | None) -> None:
    if cover is None:
        return
    if cover.id == member.id:
        raise Refused("Nobody covers for themselves. Name somebody else.", field="cover")
    if not cover.active or cover.is_outsider or not allows(cover.role, May.ACT_ON_ALERTS):
        raise Refused(f"{cover.name} cannot act on accounts, so they cannot cover.", field="cover")


def refuse_loop(session: Session, span: Span, now: datetime) -> None:
    """Where everybody in a circle covers for the next nobody would be told."""
    if span.cover_id is None:
        return
    circle = rules.loop(span, spans(session, now))
    if circle:
        found = session.execute(
            select(TeamMember.id, TeamMember.name).where(TeamMember.id.in_(circle))
        )
        names = {id: name for id, name in found}
        round_ = [names[id] for id in (*circle, circle[0])]
        chain = ", ".join(f"{one} by {other}" for one, other in pairwise(round_))
        raise Refused(
            f"That goes in a circle: {chain}. Name somebody who is there meanwhile.", field="cover"
        )


def spans(session: Session, now: datetime) -> Iterable[Span]:
    """Everybody's absences that are not over."""
    columns = Absence.member_id, Absence.cover_id, Absence.starts_at, BACK_AT
    return [Span(*row) for row in session.execute(select(*columns).where(now < BACK_AT))]


def lasting(session: Session, member: TeamMember, absence_id: int, now: datetime) -> Absence:
    """This absence of theirs, locked; Refused when it is over, whatever else is to come."""
    absence = by_id(session, Absence, absence_id, missing=OVER, lock=True)
    if absence.member_id != member.id or (absence.ended_at or absence.ends_at) <= now:
        raise Refused(OVER)
    return absence


def _named(
    session: Session, member: TeamMember, absence_id: int | None, now: datetime
) -> Absence | None:
    return None if absence_id is None else lasting(session, member, absence_id, now)


def _same(session: Session, span: Span, known: Absence | None, now: datetime) -> Absence | None:
    """The absence that this one changes, `known` if named; Refused where there are several."""
    if known and known.starts_at <= now < span.starts_at:
        raise Refused("This absence has begun. Leave the day as it is.", field="from_on")
    query = (
        select(Absence)
        .where(
            Absence.member_id == span.member_id,
            now < BACK_AT,
            Absence.starts_at <= span.back_at,
            span.starts_at <= BACK_AT,
        )
        .order_by(Absence.id)
        .with_for_update()
    )
    found = {*session.scalars(query), *([known] if known else ())}
    if len(found) > 1:
        raise Refused(
            "That would be two absences in one. `/cs back` ends the first.", field="back_on"
        )
    return next(iter(found), None)


def _add(session: Session, span: Span, by: TeamMember, now: datetime) -> Absence:
    absence = Absence(
        member_id=span.member_id, cover_id=span.cover_id, starts_at=span.starts_at,
        ends_at=span.back_at, made_by_id=by.id, made_at=now,
    )  # fmt: skip
    session.add(absence)
    session.flush()
    _write_down(session, "away.set", absence, by, now, None)
    tell_cover(session, absence, by=by, now=now)
    return absence


def _move(session: Session, absence: Absence, span: Span, by: TeamMember, now: datetime) -> Absence:
    """What has begun goes on as it began."""
    before, former = facts(absence), absence.cover_id
    if absence.starts_at > now:
        absence.starts_at = span.starts_at
    absence.ends_at, absence.cover_id = span.back_at, span.cover_id
    session.flush()
    if facts(absence) != before:
        _write_down(session, "away.moved", absence, by, now, before)
        tell_cover(session, absence, by=by, now=now, former_id=former)
    return absence


def say_back(
    session: Session,
    *,
    member: TeamMember,
    by: TeamMember,
    now: datetime,
    absence_id: int | None = None,
) -> Absence:
    """They are back before their time; what has not begun is called off. Unnamed, the first one."""
    _allow(member, by)
    named = _named(session, member, absence_id, now)
    absence = named or _first(session, member, now)
    if absence is None:
        who = "You are" if member.id == by.id else f"{member.name} is"
        raise Refused(f"{who} not away. `/cs away until monday cover @lee` says so.")
    before = facts(absence)
    absence.ended_at = now
    _write_down(session, "away.ended", absence, by, now, before)
    tell_cover(session, absence, by=by, now=now)
    return absence


def _first(session: Session, member: TeamMember, now: datetime) -> Absence | None:
    query = (
        select(Absence)
        .where(Absence.member_id == member.id, now < BACK_AT)
        .order_by(Absence.starts_at)
        .limit(1)
        .with_for_update()
    )
    return session.scalar(query)


def facts(absence: Absence) -> dict[str, Any]:
    ended = absence.ended_at
    return {
        "starts_at": absence.starts_at.isoformat(),
        "ends_at": absence.ends_at.isoformat(),
        "cover_id": absence.cover_id,
        "ended_at": ended.isoformat() if ended else None,
    }


def _write_down(
    session: Session,
    verb: str,
    absence: Absence,
    by: TeamMember,
    now: datetime,
    before: dict[str, Any] | None,
) -> None:
    acting.forget(session)
    audit.record(
        session, verb=verb, subject=f"absence:{absence.id}", by=by.id, now=now, before=before,
        after=facts(absence) | {"member_id": absence.member_id},
    )  # fmt: skip
