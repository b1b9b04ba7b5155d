"""Asks whoever held a meeting how it went, once, while it is warm."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.checkins.model import CheckIn
from csbot.db.rows import insert
from csbot.meetings.model import Debrief, Meeting
from csbot.meetings.queries import LONGEST_STORED, NOT_CANCELLED
from csbot.meetings.rules import ended_at, when_to_ask
from csbot.outbox.queue import Outgoing, Rewrite, enqueue_many, enqueue_updates_many, withdraw
from csbot.team.model import TeamMember
from messages.debriefs import DebriefRow, MeetingDebrief

ROWS_MAX = 5  # meetings in one message
AGAIN_AFTER = timedelta(hours=2)  # at least, between the question and the digest that repeats it
JOINED_FOR = timedelta(minutes=5)  # after it was sent, a message takes in what ended meanwhile


class Ask(NamedTuple):
    meeting: Meeting
    member: TeamMember


def ask(session: Session, asks: Sequence[Ask], *, now: datetime) -> None:
    """One message to each person; one that waits for its time, or has just come, takes in more.

    Several statements in all, however many meetings have ended.
    """
    if not asks:
        return
    busy = _busy(session, [one.member.id for one in asks], now)
    open_ = _messages(session, [one.member.id for one in asks], now)
    posts: dict[str, tuple[TeamMember, datetime]] = {}
    rows = []
    for meeting, member in sorted(asks, key=lambda one: (ended_at(one.meeting), one.meeting.id)):
        at = when_to_ask(member, meeting, following=busy.get(member.id, ()), now=now)
        key, at, count = open_.get(member.id) or (_key(meeting), at, 0)
        if not count:
            posts[key] = member, at
        open_[member.id] = (key, at, count + 1)
        if count + 1 == ROWS_MAX:
            del open_[member.id]
        rows.append(_row(meeting, member, key, at))
    _store(session, rows)
    _say(session, {row["message"] for row in rows}, posts, now)


def _key(meeting: Meeting) -> str:
    return f"debrief:{meeting.id}:{meeting.starts_at.isoformat()}"


def _row(meeting: Meeting, member: TeamMember, key: str, at: datetime) -> dict[str, Any]:
    return {
        "meeting_id": meeting.id,
        "member_id": member.id,
        "message": key,
        "asked_at": at,
        "again_at": None,
        "answered_at": None,
    }


def _store(session: Session, rows: list[dict[str, Any]]) -> None:
    """A meeting that was moved is asked after anew."""
    statement: Any = insert(session, Debrief)
    fresh = {name: statement.excluded[name] for name in rows[0] if name != "meeting_id"}
    session.execute(
        statement.on_conflict_do_update(index_elements=["meeting_id"], set_=fresh), rows
    )


def _busy(
    session: Session, members: Collection[int], now: datetime
) -> dict[int, list[tuple[datetime, datetime]]]:
    """What these people have had and will have around now: from when until when, in order."""
    query = select(Meeting).where(
        among(session, Meeting.organizer_id, set(members)),
        Meeting.starts_at > now - LONGEST_STORED,
        Meeting.starts_at < now + LONGEST_STORED,
        NOT_CANCELLED,
    )
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for meeting in session.scalars(query.order_by(Meeting.starts_at, Meeting.id)):
        spans = found.setdefault(meeting.organizer_id or 0, [])
        spans.append((meeting.starts_at, ended_at(meeting)))
    return found


def _messages(
    session: Session, members: Collection[int], now: datetime
) -> dict[int, tuple[str, datetime, int]]:
    """The message of each person that can still take in more: its key, its time, its rows."""
    query = select(Debrief.member_id, Debrief.message, Debrief.asked_at).where(
        among(session, Debrief.member_id, set(members)),
        Debrief.asked_at > now - JOINED_FOR,
        Debrief.answered_at.is_(None),
    )
    found: dict[int, tuple[str, datetime, int]] = {}
    for member_id, key, at in session.execute(query.order_by(Debrief.asked_at, Debrief.message)):
        before = found.get(member_id)
        count = before[2] + 1 if before and before[0] == key else 1
        found[member_id] = (key, at, count)
    return {id: one for id, one in found.items() if one[2] < ROWS_MAX}


def _say(
    session: Session,
    keys: Collection[str],
    posts: Mapping[str, tuple[TeamMember, datetime]],
    now: datetime,
) -> None:
    looks = _looks(session, keys)
    out = [
        Outgoing(looks[key], member.slack_id or "", key, not_before=at)
        for key, (member, at) in posts.items()
    ]
    enqueue_many(session, out, now=now)
    rewrites = [Rewrite(key, look) for key, look in looks.items() if key not in posts]
    enqueue_updates_many(session, rewrites, now=now)


def answered(session: Session, meeting_ids: Collection[int], *, now: datetime) -> None:
    """It is known of these how they went, or when they will be; the messages say so."""
    session.flush()
    marked = update(Debrief).where(
        among(session, Debrief.meeting_id, meeting_ids), Debrief.answered_at.is_(None)
    )
    found = session.execute(
        marked.values(answered_at=now).returning(Debrief.message),
        execution_options={"synchronize_session": False},
    )
    keys = {row.message for row in found}
    if not keys:
        return
    looks = _looks(session, keys)
    withdraw(session, [key for key, look in looks.items() if look.is_settled])
    enqueue_updates_many(session, [Rewrite(k, v) for k, v in looks.items()], now=now)


def ask_anew(session: Session, meeting_id: int, *, at: datetime, now: datetime) -> None:
    """What was answered at that moment is taken back; whoever was asked can say it anew."""
    session.flush()
    debrief = session.get(Debrief, meeting_id, with_for_update=True)
    if debrief is None or debrief.answered_at is None:
        return
    if debrief.answered_at == at:
        debrief.answered_at = None
        session.flush()
    _say_anew(session, debrief, now)


def corrected(session: Session, meeting_id: int, *, now: datetime) -> None:
    """What was answered turned out otherwise: the message that is its record says so."""
    debrief = session.get(Debrief, meeting_id)
    if debrief is not None and debrief.answered_at is not None:
        _say_anew(session, debrief, now)


def _say_anew(session: Session, debrief: Debrief, now: datetime) -> None:
    looks = _looks(session, {debrief.message})
    enqueue_updates_many(session, [Rewrite(k, v) for k, v in looks.items()], now=now)


def follow(session: Session, *, now: datetime) -> int:
    """What others said of meetings that somebody was asked about; how many. One query if none."""
    query = (
        select(Debrief.meeting_id)
        .join(Meeting, Meeting.id == Debrief.meeting_id)
        .where(
            Debrief.answered_at.is_(None),
            or_(Meeting.outcome.is_not(None), Meeting.starts_at > now),
        )
        .order_by(Debrief.meeting_id)
    )
    ids = list(session.scalars(query))
    if ids:
        answered(session, ids, now=now)
    return len(ids)


def _looks(session: Session, keys: Collection[str]) -> dict[str, MeetingDebrief]:
    """What each message is to say now."""
    query = (
        select(Debrief, Meeting, Account.name, CheckIn)
        .join(Meeting, Meeting.id == Debrief.meeting_id)
        .join(Account, Account.id == Meeting.account_id)
        .outerjoin(
            CheckIn,
            and_(
                CheckIn.account_id == Meeting.account_id,
                CheckIn.at == Debrief.answered_at,
                CheckIn.note == Meeting.notes,
            ),
        )
        .where(Debrief.message.in_(keys))
        .order_by(Meeting.starts_at, Meeting.id)
        .execution_options(populate_existing=True)
    )
    rows: dict[str, dict[int, DebriefRow]] = {}
    for debrief, meeting, account, checkin in session.execute(query):
        row = _shown(debrief, meeting, account, checkin)
        rows.setdefault(debrief.message, {}).setdefault(meeting.id, row)
    return {key: MeetingDebrief(rows=tuple(found.values())) for key, found in rows.items()}


def _shown(debrief: Debrief, meeting: Meeting, account: str, checkin: CheckIn | None) -> DebriefRow:
    moved = meeting.outcome is None and debrief.answered_at is not None
    return DebriefRow(
        meeting_id=meeting.id,
        title=meeting.title,
        account=account,
        ended_at=ended_at(meeting),
        state="moved" if moved else meeting.outcome,
        moved_to=meeting.starts_at if moved else None,
        note=meeting.notes if debrief.answered_at else None,
        next_step=checkin.next_step if checkin else None,
        next_step_on=checkin.next_step_on if checkin else None,
    )


def unanswered(
    session: Session, since: Mapping[int, datetime], *, now: datetime
) -> dict[int, list[DebriefRow]]:
    """What people were asked, by their ids, and have not said; once more, `since` in a digest."""
    query = (
        select(Debrief, Meeting, Account.name)
        .join(Meeting, Meeting.id == Debrief.meeting_id)
        .join(Account, Account.id == Meeting.account_id)
        .where(
            _waiting(session, since, now),
            or_(Debrief.again_at.is_(None), Debrief.again_at >= min(since.values())),
            Meeting.outcome.is_(None),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    found: dict[int, list[DebriefRow]] = {}
    for debrief, meeting, account in session.execute(query):
        if debrief.again_at is None or debrief.again_at >= since[debrief.member_id]:
            row = _shown(debrief, meeting, account, None)
            found.setdefault(debrief.member_id, []).append(row)
    return found


def _waiting(session: Session, people: Iterable[int], now: datetime) -> Any:
    return and_(
        among(session, Debrief.member_id, people),
        Debrief.asked_at <= now - AGAIN_AFTER,
        Debrief.answered_at.is_(None),
    )


def asked_again(session: Session, people: Collection[int], *, now: datetime) -> None:
    """The digest has said it once more: from here on silence."""
    if not people:
        return
    session.execute(
        update(Debrief)
        .where(_waiting(session, people, now), Debrief.again_at.is_(None))
        .values(again_at=now),
        execution_options={"synchronize_session": False},
    )
