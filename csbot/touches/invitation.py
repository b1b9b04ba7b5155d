"""The calendar file that goes with an e-mail about a meeting."""

from datetime import datetime, timedelta

from icalendar import Calendar, Event

from csbot.touches.words import Recipient
from messages.text import clean


def invitation(recipient: Recipient, *, now: datetime) -> dict[str, str]:
    """As an attachment: a meeting to put into one's calendar, which asks for no answer.

    The same meeting keeps its UID, so that a later file replaces what an earlier one put there.
    """
    meeting = recipient.meeting
    assert meeting is not None  # noqa: S101  who has none is refused before
    event = Event()
    event.add("uid", f"meeting-{meeting.id}@csbot")
    event.add("dtstamp", now)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.starts_at + timedelta(minutes=meeting.duration_minutes))
    event.add("summary", clean(" ".join(meeting.title.split())))
    event.add("description", "\n".join(map(clean, (meeting.agenda or "").splitlines())))
    event.add("sequence", int(now.timestamp()) // 60)
    made = Calendar()
    made.add("prodid", "-//csbot//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add_component(event)
    return {
        "name": "invitation.ics",
        "type": "text/calendar; method=PUBLISH",
        "text": made.to_ical().decode(),
    }
