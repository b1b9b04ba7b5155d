"""A meeting in csbot's own form, and any other by mapping: our names for what stands elsewhere."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from csbot.accounts.hints import Hints
from csbot.calendars import words
from csbot.calendars.booking import NAME_MAX, Booking, Details, What, guest, minutes, unique
from csbot.calendars.guests import GUESTS_MAX, Guest
from csbot.inbox import fields as body_fields
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body
from csbot.inbox.fingerprint import fingerprint
from csbot.inbox.mapping import Mapped

NAMES = (
    "event", "id", "title", "starts_at", "ends_at", "duration_minutes", "attendees", "organizer",
    "account", "domain", "company", "status", "agenda", "objectives", "updated_at",
)  # fmt: skip
OWN = {name: name for name in NAMES}
STATES: dict[str, What] = {
    "scheduled": "on", "active": "on", "accepted": "on", "confirmed": "on", "moved": "on",
    "rescheduled": "on", "booked": "on", "cancelled": "off", "canceled": "off", "deleted": "off",
    "attended": "attended", "completed": "attended", "held": "attended",
    "no_show": "no_show", "no-show": "no_show", "noshow": "no_show", "missed": "no_show",
}  # fmt: skip


def identify(body: Body, *, fields: Mapping[str, str] = OWN) -> tuple[str, str]:
    """Without a time two bodies may be alike and still be two events: moved, and moved back."""
    told = Mapped(body, fields)
    own = fingerprint(body) if told.instant("updated_at") else uuid4().hex
    return told.text("event", longest=NAME_MAX) or own, "meeting"


def read(
    body: Body,
    *,
    fields: Mapping[str, str] = OWN,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> Booking:
    told = Mapped(body, fields, values or {})
    return Booking(
        name=told.need_text("id", longest=NAME_MAX),
        what=_what(told),
        as_of=told.instant("updated_at"),
        details=_details(told),
        why="Cancelled by its sender.",
    )


def _what(told: Mapped) -> What:
    status = told.text("status", longest=40)
    what = STATES.get((status or "scheduled").lower())
    if what is None:
        mend = "must be scheduled, cancelled, attended or no_show; csbot.toml can translate others"
        raise Unreadable(told.place("status"), mend)
    return what


def _details(told: Mapped) -> Details:
    starts_at = told.instant("starts_at")
    if starts_at is None:
        raise Unreadable(told.place("starts_at"), "must be a time, like 2026-01-31T09:00:00Z")
    usual = told.number("duration_minutes")
    if usual is not None and usual <= 0:
        raise Unreadable(told.place("duration_minutes"), "must be more than 0")
    account = told.text("account", longest=NAME_MAX)
    organizer = _one(told.text("organizer"))
    people = [*_people(told), organizer]
    return Details(
        title=words.title(told.text("title") or ""),
        starts_at=starts_at,
        minutes=minutes(starts_at, told.instant("ends_at"), usual=usual),
        agenda=words.agenda(told.text("agenda") or ""),
        objectives=words.agenda(told.text("objectives") or ""),
        organizer=organizer.email if organizer else None,
        guests=unique(people),
        hints=Hints(
            ids=(account,),
            emails=tuple(one.email for one in people if one and one is not organizer),
            domains=(told.text("domain", longest=NAME_MAX), account),
            names=(told.text("company", longest=NAME_MAX), account),
        ),
    )


def _people(told: Mapped) -> list[Guest | None]:
    """A list of addresses or of objects with one, or addresses parted by commas."""
    listed = body_fields.found(told.body, told.places["attendees"]) if "attendees" in told else None
    if isinstance(listed, str):
        listed = listed.replace(";", ",").split(",")
    if not isinstance(listed, list):
        return []
    return [_one(one) for one in listed[:GUESTS_MAX]]


def _one(person: Any) -> Guest | None:
    return guest({"email": person} if isinstance(person, str) else person)
