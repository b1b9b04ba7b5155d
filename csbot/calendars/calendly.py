"""Calendly's webhooks. A move is two events in either order: a cancellation and a new invitee."""

from collections.abc import Iterator
from typing import Any

from csbot.accounts.hints import Hints
from csbot.calendars import words
from csbot.calendars.booking import NAME_MAX, Booking, Details, What, guest, listed, minutes, unique
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, found, instant, need_instant, need_text, text

KINDS: dict[str, What] = {
    "invitee.created": "on",
    "invitee.canceled": "off",
    "invitee_no_show.created": "no_show",
    "invitee_no_show.deleted": "came",
}
EVENT = "payload.scheduled_event"
OLD = "must be there: make the webhook subscription anew, old ones do not send the time"


def identify(body: Body) -> tuple[str, str]:
    """Deliveries have no id: the same thing at the same moment is the same event."""
    kind = need_text(body, "event", longest=60)
    invitee = text(body, "payload.uri", longest=NAME_MAX) or ""
    at = text(body, "created_at", longest=40) or ""
    return f"{kind}:{_name(invitee)}:{at}", kind


def read(body: Body) -> Booking | None:
    """None for events that are about no meeting, like those of routing forms."""
    what = KINDS.get(need_text(body, "event", longest=60))
    if what is None:
        return None
    if what == "off" and found(body, "payload.rescheduled") is True:
        what = "moved"
    name = _name(need_text(body, "payload.uri", longest=NAME_MAX))
    was = text(body, "payload.old_invitee", longest=NAME_MAX)
    return Booking(
        name=name,
        what=what,
        as_of=instant(body, "created_at"),
        details=_details(body) if what in ("on", "off", "moved") else None,
        was=_name(was) if was else None,
        group=name.partition("/")[0],
        why=_why(body),
    )


def _name(uri: str) -> str:
    """`EV1/IN1` of https://api.calendly.com/scheduled_events/EV1/invitees/IN1."""
    return uri.rpartition("scheduled_events/")[2].replace("/invitees/", "/")


def _details(body: Body) -> Details:
    if found(body, f"{EVENT}.start_time") is None:
        raise Unreadable(f"{EVENT}.start_time", OLD)
    starts_at = need_instant(body, f"{EVENT}.start_time")
    ours = [
        guest(one, "user_email", "user_name") for one in listed(body, f"{EVENT}.event_memberships")
    ]
    people = [
        guest(body, "payload.email", "payload.name"),
        *(guest(one) for one in listed(body, f"{EVENT}.event_guests")),
        *ours,
    ]
    return Details(
        title=words.title(text(body, f"{EVENT}.name") or ""),
        starts_at=starts_at,
        minutes=minutes(starts_at, instant(body, f"{EVENT}.end_time")),
        agenda=words.agenda("\n".join(_answers(body))),
        organizer=next((one.email for one in ours if one), None),
        guests=unique(people),
        hints=_hints(body),
        ical=_ical(body),
    )


def _hints(body: Body) -> Hints:
    """An account's id may be handed through in a link's utm_content."""
    told = ("payload.tracking.utm_content", "payload.tracking.salesforce_uuid")
    ids = tuple(text(body, name, longest=NAME_MAX) for name in told)
    return Hints(ids=ids, emails=(text(body, "payload.email", longest=254),))


def _answers(body: Body) -> Iterator[str]:
    for one in listed(body, "payload.questions_and_answers"):
        question, answer = text(one, "question"), text(one, "answer")
        if answer:
            yield f"{question}\n{answer}\n" if question else answer


def _ical(body: Body) -> str | None:
    """Google's name of an event, as its calendars write it."""
    told = text(body, f"{EVENT}.calendar_event.external_id", longest=NAME_MAX)
    google = text(body, f"{EVENT}.calendar_event.kind") == "google"
    return f"{told}@google.com" if told and google else None


def _why(body: Body) -> str:
    cancellation: Any = found(body, "payload.cancellation")
    reason = text(cancellation, "reason", longest=500)
    by_us = text(cancellation, "canceler_type") == "host"
    who = "Cancelled by us" if by_us else "Cancelled by the customer"
    return f"{who}: {reason}" if reason else f"{who}."
