"""Cal.com's webhooks. A move is one event, with a new name beside the old one."""

from csbot.accounts.hints import Hints
from csbot.calendars import words
from csbot.calendars.booking import NAME_MAX, Booking, Details, What, guest, listed, minutes, unique
from csbot.calendars.guests import Guest
from csbot.inbox.fields import Body, found, instant, need_instant, need_text, number, text

# The planned end (MEETING_ENDED) comes whether or not anybody came, so it says nothing.
KINDS: dict[str, What] = {
    "BOOKING_CREATED": "on",
    "BOOKING_RESCHEDULED": "on",
    "BOOKING_CANCELLED": "off",
    "BOOKING_REJECTED": "off",
    "BOOKING_NO_SHOW_UPDATED": "no_show",
}
SOME_TIME_ELSE = "Cancelled by us, with the wish for another time"


def identify(body: Body) -> tuple[str, str]:
    """Deliveries have no id: the same thing at the same moment is the same event."""
    kind = need_text(body, "triggerEvent", longest=60)
    names = ("payload.uid", "payload.bookingUid", "uid")
    name = next(filter(None, (text(body, one, longest=NAME_MAX) for one in names)), "")
    at = text(body, "createdAt", longest=40) or ""
    return f"{kind}:{name}:{at}", kind


def read(body: Body) -> Booking | None:
    """None for what changes no meeting: requests, reminders, recordings, payments."""
    what = KINDS.get(need_text(body, "triggerEvent", longest=60))
    as_of = instant(body, "createdAt")
    if what is None or (what == "on" and text(body, "payload.status") == "PENDING"):
        return None
    if what == "no_show":
        name = need_text(body, "payload.bookingUid", longest=NAME_MAX)
        missed = any(found(one, "noShow") is True for one in listed(body, "payload.attendees"))
        return Booking(name, "no_show" if missed else "came", as_of)
    return Booking(
        name=need_text(body, "payload.uid", longest=NAME_MAX),
        what=what,
        as_of=as_of,
        details=_details(body),
        was=text(body, "payload.rescheduleUid", longest=NAME_MAX),
        why=_why(body),
    )


def _details(body: Body) -> Details:
    starts_at = need_instant(body, "payload.startTime")
    ends_at = instant(body, "payload.endTime")
    emails = tuple(text(one, "email") for one in listed(body, "payload.attendees"))
    return Details(
        title=words.title(text(body, "payload.title") or text(body, "payload.eventTitle") or ""),
        starts_at=starts_at,
        minutes=minutes(starts_at, ends_at, usual=number(body, "payload.length")),
        agenda=_agenda(body),
        organizer=text(body, "payload.organizer.email"),
        guests=_guests(body),
        hints=Hints(emails=emails),
        ical=text(body, "payload.iCalUID", longest=NAME_MAX),
    )


def _guests(body: Body) -> tuple[Guest, ...]:
    further = listed(body, "payload.responses.guests.value")
    return unique(
        [
            *(guest(one) for one in listed(body, "payload.attendees")),
            *(guest({"email": one}) for one in further),
            guest(body, "payload.organizer.email", "payload.organizer.name"),
        ]
    )


def _agenda(body: Body) -> str | None:
    names = ("payload.additionalNotes", "payload.responses.notes.value", "payload.description")
    told = dict.fromkeys(filter(None, (text(body, name) for name in names)))
    return words.agenda("\n".join(told))


def _why(body: Body) -> str:
    reason = text(body, "payload.cancellationReason", longest=500)
    by, host = text(body, "payload.cancelledBy"), text(body, "payload.organizer.email")
    if found(body, "payload.requestReschedule") is True:
        who = SOME_TIME_ELSE
    elif by:
        who = "Cancelled by us" if by == host else "Cancelled by the customer"
    else:
        who = "Cancelled at Cal.com"
    return f"{who}: {reason}" if reason else f"{who}."
