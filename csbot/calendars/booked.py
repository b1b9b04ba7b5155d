"""Takes over what a booking system tells: one meeting each, however often it is moved."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.hints import unknown
from csbot.accounts.matching import match_account
from csbot.alerts.service import touched
from csbot.audit import AuditEntry
from csbot.calendars import words
from csbot.calendars.booking import Booking, Details
from csbot.calendars.sides import Sides
from csbot.inbox.errors import UnknownAccount
from csbot.meetings import elsewhere
from csbot.meetings.elsewhere import ICAL, Known
from csbot.meetings.model import Meeting, MeetingRef
from csbot.settings import Settings


@dataclass(frozen=True)
class _Desk:
    """One delivery at work; `now` is when it came."""

    session: Session
    sender: str
    told: Booking
    sides: Sides
    now: datetime
    waited: bool


def take(
    session: Session,
    told: Booking,
    *,
    sender: str,
    settings: Settings,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Raises UnknownAccount, also for a meeting that has not been told of yet.

    `at` is when it came, where it had to wait.
    """
    sides = Sides.load(session, told.details.guests if told.details else ())
    desk = _Desk(session, sender, told, sides, at or now, waited=at is not None and at < now)
    one = _known(desk)
    if one is None and told.what == "moved":
        return  # what it was, and where it moved to, comes with the other half
    account_id = one.meeting.account_id if one else _account(desk)
    # Whoever else tells of it at this moment waits here, and then finds it.
    elsewhere.lock(session, [account_id])
    one = _known(desk) or _adopted(desk, account_id) or _added(desk, account_id)
    if not _is_older(desk, one.meeting):
        _apply(desk, one)
    _name(desk, one)
    session.flush()
    touched(session, account_ids=[one.meeting.account_id], settings=settings, now=now)


def _known(desk: _Desk) -> Known | None:
    """By its name or the one before; two that turn out to be one by this move are made one."""
    names = [name for name in (desk.told.was, desk.told.name) if name]
    known = elsewhere.by_names(desk.session, (desk.sender,), names)
    found = list({known[name].meeting.id: known[name] for name in names if name in known}.values())
    if len(found) == 2:
        return _merged(desk.session, *found)
    return found[0] if found else None


def _merged(session: Session, first: Known, second: Known) -> Known:
    """What is known of the second, whose events came before the move itself, is of the first."""
    for name in ("starts_at", "duration_minutes", "outcome", "notes", "as_of"):
        setattr(first.meeting, name, getattr(second.meeting, name))
    for ref in second.refs:
        ref.meeting_id = first.meeting.id
    session.flush()
    session.delete(second.meeting)
    session.flush()
    return Known(first.meeting, [*first.refs, *second.refs])


def _account(desk: _Desk) -> int:
    details = desk.told.details
    if details is None:
        raise UnknownAccount(f"the booking {desk.told.name[:80]}, which was not told of yet")
    hints = details.hints
    named = match_account(desk.session, ids=hints.ids)
    if named is None and (hints.domains or hints.names):
        named = match_account(desk.session, domains=hints.domains, names=hints.names)
    found = named.id if named else desk.sides.account(details.guests)
    if found is None:
        guests = (guest.email for guest in desk.sides.customers(details.guests))
        raise unknown(replace(hints, emails=tuple(dict.fromkeys([*hints.emails, *guests]))))
    return found


def _adopted(desk: _Desk, account_id: int) -> Known | None:
    """The meeting at that time that a person added, a calendar shows, or others booked with."""
    details, told = desk.told.details, desk.told
    if details is None:
        return None
    near = elsewhere.at_those_times(desk.session, [account_id], [details.starts_at])
    free = [
        one
        for one in near
        if all(
            told.group and ref.external_id.startswith(f"{told.group}/")
            for ref in one.live(desk.sender)
        )
    ]
    return elsewhere.nearest(free, account_id, details.starts_at)


def _added(desk: _Desk, account_id: int) -> Known:
    details = desk.told.details
    if details is None:  # whoever has no details was found by name
        raise UnknownAccount(desk.told.name)
    facts = _facts(desk, details)
    meeting = Meeting(
        account_id=account_id, source=desk.sender, created_at=desk.now, as_of=None, **facts
    )
    desk.session.add(meeting)
    desk.session.flush()
    elsewhere.record(desk.session, meeting, "meeting.added", desk.now)
    return Known(meeting)


def _is_older(desk: _Desk, meeting: Meeting) -> bool:
    """Than what stands; one that waited and tells no time, when anything was told since it came."""
    as_of = desk.told.as_of
    if as_of is None and desk.waited:
        later = select(AuditEntry.id).where(
            AuditEntry.account_id == meeting.account_id,
            AuditEntry.at > desk.now,
            AuditEntry.subject == f"meeting:{meeting.id}",
        )
        return desk.session.scalar(later.limit(1)) is not None
    return bool(as_of and meeting.as_of and as_of < meeting.as_of)


def _apply(desk: _Desk, one: Known) -> None:
    told, meeting, session, now = desk.told, one.meeting, desk.session, desk.now
    if told.as_of is not None and not (meeting.as_of and meeting.as_of > told.as_of):
        meeting.as_of = told.as_of
    if told.what == "off":
        _call_off(desk, one)
    elif told.what == "came" and meeting.outcome == "no_show":
        elsewhere.decide(session, meeting, None, "The no-show was withdrawn.", now)
    elif told.what in ("attended", "no_show"):
        if meeting.outcome is None:
            elsewhere.decide(session, meeting, told.what, "Told by who booked it.", now)
    elif told.what == "on":
        _follow(desk, one)


def _call_off(desk: _Desk, one: Known) -> None:
    """When several booked it together, it is off when the last of them calls it off."""
    others = [ref for ref in one.live(desk.sender) if ref.external_id != desk.told.name]
    if others or one.meeting.outcome is not None:
        return
    elsewhere.decide(desk.session, one.meeting, "cancelled", desk.told.why, desk.now)
    one.meeting.notes = one.meeting.notes or desk.told.why


def _follow(desk: _Desk, one: Known) -> None:
    """A new time puts it on again; the words of people and calendars stay."""
    details, meeting = desk.told.details, one.meeting
    if details is None:
        return
    facts = _facts(desk, details)
    if meeting.source != desk.sender:
        times = ("starts_at", "duration_minutes")
        empty = [
            name for name in ("agenda", "attendees", "organizer_id") if not getattr(meeting, name)
        ]
        facts = {name: facts[name] for name in (*times, *empty)}
    moved = meeting.starts_at != details.starts_at
    elsewhere.change(desk.session, meeting, facts, desk.now)
    if moved and meeting.outcome == "cancelled":
        elsewhere.decide(desk.session, meeting, None, "It was booked for another time.", desk.now)


def _facts(desk: _Desk, details: Details) -> dict[str, Any]:
    told = {} if details.objectives is None else {"objectives": details.objectives}
    return told | {
        "title": details.title,
        "kind": words.kind_of(details.title),
        "starts_at": details.starts_at,
        "duration_minutes": details.minutes,
        "agenda": details.agenda,
        "attendees": desk.sides.names(details.guests),
        "organizer_id": desk.sides.organizer(details.organizer, details.guests),
    }


def _name(desk: _Desk, one: Known) -> None:
    """All that it is called, so that whatever comes late still finds it."""
    told, known = desk.told, {(ref.source, ref.external_id): ref for ref in one.refs}
    on = told.what not in ("off", "moved")
    if own := known.get((desk.sender, told.name)):
        own.live = own.live and on
    else:
        _add_name(desk, one, desk.sender, told.name, live=on)
    if told.was and (old := known.get((desk.sender, told.was))):
        old.live = False
    elif told.was:
        _add_name(desk, one, desk.sender, told.was, live=False)
    ical = told.details.ical if told.details else None
    if ical and (ICAL, ical) not in known and not elsewhere.by_names(desk.session, (ICAL,), [ical]):
        _add_name(desk, one, ICAL, ical, live=False)


def _add_name(desk: _Desk, one: Known, source: str, name: str, *, live: bool) -> None:
    ref = MeetingRef(meeting_id=one.meeting.id, source=source, external_id=name, live=live)
    desk.session.add(ref)
