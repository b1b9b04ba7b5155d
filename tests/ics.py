"""iCalendar texts for tests, in the shapes that calendar programs write."""

from typing import Any

GUESTS = (
    "ORGANIZER;CN=Dana Reyes:mailto:dana@vendor.example",
    "ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;CN=Dana Reyes:mailto:dana@vendor.example",
    "ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;CN=Ann Lee:MAILTO:Ann@acme.example",
)


def event(
    *more: str,
    uid: str = "one@google.com",
    start: str = "DTSTART:20261125T100000Z",
    end: str = "DTEND:20261125T103000Z",
    title: str = "Success session",
    guests: tuple[str, ...] = GUESTS,
) -> str:
    """An event; a line of `more` takes the place of none, and empty ones are left out."""
    lines = ["BEGIN:VEVENT", f"UID:{uid}", start, end, f"SUMMARY:{title}", *guests, *more]
    return "\r\n".join([*filter(None, lines), "END:VEVENT", ""])


def calendar(*events: str, head: tuple[str, ...] = ("METHOD:PUBLISH",), **_: Any) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Calendar//EN", *head, ""]
    return ("\r\n".join(lines) + "".join(events) + "END:VCALENDAR\r\n").encode()


def zone(name: str, *, standard: str = "+0100", summer: str = "+0200", rule: str = "") -> str:
    """A VTIMEZONE with summer time as in Europe."""
    often = rule or "FREQ=YEARLY"
    return "\r\n".join(
        [
            *("BEGIN:VTIMEZONE", f"TZID:{name}", "BEGIN:STANDARD", "DTSTART:16010101T030000"),
            *(f"TZOFFSETFROM:{summer}", f"TZOFFSETTO:{standard}"),
            *(f"RRULE:{often};BYDAY=-1SU;BYMONTH=10", "END:STANDARD", "BEGIN:DAYLIGHT"),
            *("DTSTART:16010101T020000", f"TZOFFSETFROM:{standard}", f"TZOFFSETTO:{summer}"),
            *(f"RRULE:{often};BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE", ""),
        ]
    )
