"""Each sender of bookings: how its events are told apart, and what one of them does."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from csbot.calendars import calcom, calendly, plain
from csbot.calendars.booked import take
from csbot.calendars.booking import Booking
from csbot.inbox.fields import Body
from csbot.settings import Settings
from csbot.surveys.senders import Reader
from csbot.surveys.service import Apply
from csbot.webhooks.settings import SenderSettings


def _applying(read: Callable[[Body], Booking | None], *, sender: str) -> Apply:
    def apply(
        session: Session,
        body: Body,
        *,
        settings: Settings,
        now: datetime,
        at: datetime | None = None,
    ) -> None:
        told = read(body)
        if told is not None:
            take(session, told, sender=sender, settings=settings, now=now, at=at)

    return apply


READERS = {
    "calendly": Reader(calendly.identify, _applying(calendly.read, sender="calendly")),
    "calcom": Reader(calcom.identify, _applying(calcom.read, sender="calcom")),
    "meetings": Reader(plain.identify, _applying(plain.read, sender="meetings")),
}


def own(name: str, told: SenderSettings) -> Reader:
    """A sender of csbot.toml: a second Calendly or Cal.com, or any other by its fields."""
    shape = {"calendly": calendly, "calcom": calcom}.get(told.scheme)
    if shape is not None and "id" not in told.fields:
        return Reader(shape.identify, _applying(shape.read, sender=name))
    identify = partial(plain.identify, fields=told.fields)
    read = partial(plain.read, fields=told.fields, values=told.values)
    return Reader(identify, _applying(read, sender=name))
