"""Sends each person's digest once a day, and keeps the one they have up to date."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, tuple_, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.among import among
from csbot.away import catching_up
from csbot.away.cover import Cover
from csbot.db.away import is_away
from csbot.db.base import UTCDateTime
from csbot.db.rows import insert
from csbot.digests import rules, standing
from csbot.digests.model import DigestRun
from csbot.digests.readers import REACHABLE, reachable, readers, without_todays
from csbot.digests.writing import Written, write
from csbot.meetings import debriefing
from csbot.outbox.queue import Outgoing, Priority, Rewrite, enqueue_many, enqueue_updates_many
from csbot.settings import Settings
from csbot.team import introductions
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.digests import Digest, Need

log = logging.getLogger(__name__)
REWRITTEN_FOR = timedelta(days=3)  # older digests are history


def key(member_id: int, day: date) -> str:
    return f"digest:{member_id}:{day.isoformat()}"


def send_to_all(
    sessions: sessionmaker[Session], *, settings: Settings, now: datetime
) -> tuple[int, list[Exception]]:
    """How many digests were queued, and what kept others from being written.

    All in one transaction; where that fails each in one of its own, so that one person's fault
    costs nobody else their digest. Theirs is tried again at the next run.
    """
    try:
        with sessions.begin() as session:
            return send_due(session, settings=settings, now=now), []
    except Exception as fault:
        if is_away(fault):
            raise
        log.error("digests fail together and go out one by one", exc_info=fault)
    with sessions() as session:
        people = [one.id for one in reachable(session)]
    sent, faults = 0, []
    for id in people:
        try:
            with sessions.begin() as session:
                sent += send_due(session, settings=settings, now=now, only=id)
        except Exception as fault:
            log.error("digest failed", extra={"member_id": id}, exc_info=fault)
            faults.append(fault)
    return sent, faults


def send_due(
    session: Session, *, settings: Settings, now: datetime, only: int | None = None
) -> int:
    """Queue the digest of everybody whose hour has come and who has none yet; how many.

    Who is away has none; on their first day they are told what happened meanwhile, too.
    Digests already sent follow their alerts. People without a Slack identity are left out.
    `only` one member is looked at, by id.
    """
    people = [one for one in without_todays(session, now) if only in (None, one.id)]
    away = Cover.load(session, now).away
    days = {one: day for one in people if one.id not in away and (day := rules.due(one, now))}
    claimed = _claim(session, days, now)
    written = write(session, readers(session, claimed), settings=settings, now=now)
    posts = [_post(one) for one in written]
    met = introductions.attach(session, posts, settings=settings, now=now)
    enqueue_many(session, met, now=now)
    catching_up.tell(session, claimed, now=now)
    _remember(session, written)
    debriefing.asked_again(session, [one.reader.member.id for one in written], now=now)
    _follow(session, None, settings=settings, now=now, only=only)
    return len(written)


def _post(one: Written) -> Outgoing:
    member = one.reader.member
    return Outgoing(
        one.digest,
        member.slack_id or "",
        key(member.id, one.reader.today),
        priority=Priority.ROUTINE,
    )


def left_out(session: Session) -> int:
    """How many people who work here get no digest, since Slack does not know them."""
    query = select(func.count()).where(TeamMember.active, TeamMember.slack_id.is_(None))
    return session.scalar(query) or 0


def present(
    session: Session, *, person: TeamMember, reader: TeamMember, settings: Settings, now: datetime
) -> Digest:
    """The person's digest as of now, as `reader` sees it; not recorded as the day's."""
    days = {person: local_date(person, now)}
    digest = write(session, readers(session, days), settings=settings, now=now)[0].digest
    return digest if reader.id == person.id else replace(digest, of=person.id)


def _claim(
    session: Session, days: Mapping[TeamMember, date], now: datetime
) -> dict[TeamMember, date]:
    """Those whose row of the day this transaction added; another worker has the others."""
    if not days:
        return {}
    rows = [
        {"member_id": one.id, "local_date": day, "sent_at": now, "shown": {}}
        for one, day in sorted(days.items(), key=lambda pair: pair[0].id)
    ]
    statement = insert(session, DigestRun).on_conflict_do_nothing().returning(DigestRun.member_id)
    won = set(session.scalars(statement, rows))
    return {one: day for one, day in days.items() if one.id in won}


def _remember(session: Session, written: Sequence[Written]) -> None:
    if not written:
        return
    shown = {(one.reader.member.id, one.reader.today): _shown(one) for one in written}
    found = session.execute(
        select(DigestRun.id, DigestRun.member_id, DigestRun.local_date).where(
            tuple_(DigestRun.member_id, DigestRun.local_date).in_(list(shown))
        )
    )
    session.execute(
        update(DigestRun), [{"id": id, "shown": shown[member, day]} for id, member, day in found]
    )


def _shown(one: Written) -> dict[str, Any]:
    return {
        "alerts": {str(id): look for id, look in one.looks.items()},
        "needs": [asdict(need) for need in one.digest.needs],
    }


def alert_changed(
    session: Session, alert_ids: Collection[int] | None, *, settings: Settings, now: datetime
) -> int:
    """Strike what has been dealt with from the newest digests that show these alerts, or any.

    A digest that says so already is left alone; returns how many were rewritten.
    """
    return _follow(session, alert_ids, settings=settings, now=now)


def _follow(
    session: Session,
    alert_ids: Collection[int] | None,
    *,
    settings: Settings,
    now: datetime,
    only: int | None = None,
) -> int:
    runs = [run for run in _newest(session, now) if only in (None, run.member_id)]
    ids = {need["alert_id"] for run in runs for need in run.needs}
    if alert_ids is not None and not ids & set(alert_ids):
        return 0
    states, stale = standing.of(session, ids), {}
    for run in runs:
        done = [standing.done(one, states, run.member_id, run.role, now) for one in run.needs]
        if done != [one.get("done") for one in run.needs]:
            told = zip(run.needs, done, strict=True)
            stale[run.id] = [standing.fresh(one, states, why) for one, why in told]
    _rewrite(session, stale, settings=settings, now=now)
    return len(stale)


def _newest(session: Session, now: datetime) -> list[Any]:
    """The last digest of each person, unless it is history: what it spelled out, as stored."""
    runs = session.execute(_sent_since(), {"since": now - REWRITTEN_FOR})
    newest = {run.member_id: run for run in runs}
    return [run for run in newest.values() if run.needs]


@cache
def _sent_since() -> Select[*tuple[Any, ...]]:
    # Built once: this is looked at every minute.
    needs = DigestRun.shown["needs"].label("needs")
    return (
        select(DigestRun.id, DigestRun.member_id, TeamMember.role, needs)
        .join(TeamMember, TeamMember.id == DigestRun.member_id)
        .where(DigestRun.sent_at > bindparam("since", type_=UTCDateTime()), *REACHABLE)
        .order_by(DigestRun.member_id, DigestRun.local_date)
    )


def _rewrite(
    session: Session, stale: Mapping[int, Sequence[Need]], *, settings: Settings, now: datetime
) -> None:
    if not stale:
        return
    runs = (
        select(DigestRun, TeamMember)
        .join(TeamMember, TeamMember.id == DigestRun.member_id)
        .where(among(session, DigestRun.id, stale))
        .execution_options(populate_existing=True)
    )
    found = [(run, member) for run, member in session.execute(runs)]
    days = {member: run.local_date for run, member in found}
    kept = {run.member_id: stale[run.id] for run, _ in found}
    written = write(session, readers(session, days), settings=settings, now=now, kept=kept)
    rewrites = [Rewrite(key(one.reader.member.id, one.reader.today), one.digest) for one in written]
    enqueue_updates_many(session, rewrites, now=now, priority=Priority.ROUTINE)
    for run, _ in found:
        run.shown = run.shown | {"needs": [asdict(need) for need in stale[run.id]]}
    session.flush()
