"""Who is invited: people with an address. Rooms and calendars are no people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from icalendar import Event

from csbot.inbox.fields import storable

GUESTS_MAX = 500
NO_PERSON = ("RESOURCE", "ROOM", "GROUP")
CALENDARS = (
    "resource.calendar.google.com",
    "group.calendar.google.com",
    "import.calendar.google.com",
)


@dataclass(frozen=True)
class Guest:
    """`email` is in lower case; `name` is empty where only the address was told."""

    email: str
    name: str = ""
    declined: bool = False

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


def organizer(event: Event) -> str | None:
    return _address(event.get("ORGANIZER"))


def guests(event: Event) -> tuple[Guest, ...]:
    """Each once, the organiser first."""
    found = {guest.email: guest for guest in _all(event)}
    return tuple(list(found.values())[:GUESTS_MAX])


def _all(event: Event) -> Iterator[Guest]:
    told = event.get("ATTENDEE", [])
    for person in [event.get("ORGANIZER"), *(told if isinstance(told, list) else [told])]:
        email = _address(person)
        if email and not _is_no_person(email, person):
            name = storable(str(person.params.get("CN", ""))).strip(" '\"")[:100]
            status = str(person.params.get("PARTSTAT", "")).upper()
            yield Guest(email, "" if "@" in name else name, declined=status == "DECLINED")


def _address(person: Any) -> str | None:
    """None for what is no address of a person: Google hides some as `invalid:nomail`."""
    text = storable(str(person or "")).strip()
    email = text[7:] if text.lower().startswith("mailto:") else text
    email = email.strip("<> ").lower()
    return email if email.count("@") == 1 and len(email) <= 254 and " " not in email else None


def _is_no_person(email: str, person: Any) -> bool:
    kind = str(person.params.get("CUTYPE", "")).upper()
    return kind in NO_PERSON or email.endswith(CALENDARS)
