"""What a booking system tells of one meeting, whichever system it is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from csbot.accounts.hints import Hints
from csbot.calendars.guests import GUESTS_MAX, Guest
from csbot.inbox import fields

What = Literal["on", "off", "moved", "attended", "no_show", "came"]
NAME_MAX = 200
LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Details:
    """`hints` say whose meeting it is, beside the guests; `ical` is its name in calendars."""

    title: str
    starts_at: datetime
    minutes: int
    agenda: str | None
    organizer: str | None
    guests: tuple[Guest, ...]
    hints: Hints = field(default_factory=Hints)
    ical: str | None = None
    objectives: str | None = None


@dataclass(frozen=True)
class Booking:
    """`name` is the sender's for the meeting, `was` the one before it was moved.

    `what`: it is on, called off, moved away (the new time comes in an event of its own), somebody
    came, nobody did, or the no-show was withdrawn. `group` is what several guests booked together.
    """

    name: str
    what: What
    as_of: datetime | None
    details: Details | None = None
    was: str | None = None
    group: str | None = None
    why: str = ""


def guest(person: Any, email: str = "email", name: str = "name") -> Guest | None:
    """None for what has no address."""
    address = fields.text(person, email, longest=254) if email else None
    if address is None or address.count("@") != 1 or " " in address:
        return None
    return Guest(address.lower(), fields.text(person, name, longest=100) or "")


def unique(people: list[Guest | None]) -> tuple[Guest, ...]:
    """Each once; the first that is told of somebody has their name."""
    found: dict[str, Guest] = {}
    for person in people:
        if person is not None:
            found.setdefault(person.email, person)
    return tuple(list(found.values())[:GUESTS_MAX])


def minutes(starts_at: datetime, ends_at: datetime | None, *, usual: float | None = 30) -> int:
    """How long it is; between five minutes and a day."""
    long = ends_at - starts_at if ends_at else timedelta(minutes=max(0, min(usual or 30, 1440)))
    return max(5, min(long, LONGEST) // timedelta(minutes=1))


def listed(body: Any, path: str) -> list[Any]:
    found = fields.found(body, path)
    return found[:GUESTS_MAX] if isinstance(found, list) else []
