"""Each sender of tickets: how its events are told apart, and what one of them does."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from csbot.inbox.fields import Body
from csbot.settings import Settings
from csbot.surveys import intercom as ratings
from csbot.surveys import service as surveys
from csbot.surveys.senders import Reader
from csbot.surveys.service import Apply
from csbot.tickets import freshdesk, intercom, plain, zendesk
from csbot.tickets.rules import News
from csbot.tickets.service import take
from csbot.webhooks.settings import SenderSettings


def _applying(read: Callable[[Body], News | None], *, sender: str) -> Apply:
    def apply(
        session: Session,
        body: Body,
        *,
        settings: Settings,
        now: datetime,
        at: datetime | None = None,
    ) -> None:
        news = read(body)
        if news is not None:
            take(session, news, sender=sender, settings=settings, now=at or now)

    return apply


def _intercom(sender: str) -> Apply:
    """Intercom has one address for all of an app's events: a rating is a survey's answer, too."""
    as_ticket = _applying(intercom.read, sender=sender)
    as_rating = surveys.applying(ratings.read, sender=sender)

    def apply(
        session: Session,
        body: Body,
        *,
        settings: Settings,
        now: datetime,
        at: datetime | None = None,
    ) -> None:
        as_ticket(session, body, settings=settings, now=now, at=at)
        as_rating(session, body, settings=settings, now=now, at=at)

    return apply


def _by(name: str, fields: dict[str, str]) -> Reader:
    read = partial(plain.filled_in, fields=fields)
    return Reader(partial(plain.identify, fields=fields), _applying(read, sender=name))


READERS = {
    "tickets": Reader(plain.identify, _applying(plain.read, sender="tickets")),
    "zendesk": Reader(zendesk.identify, _applying(zendesk.read, sender="zendesk")),
    "intercom": Reader(intercom.identify, _intercom("intercom")),
    "freshdesk": _by("freshdesk", freshdesk.FIELDS),
}


def own(name: str, told: SenderSettings) -> Reader:
    """A sender of csbot.toml: one of the known with words or places of its own, or any other."""
    if told.scheme == "intercom" and "id" not in told.fields:
        return Reader(intercom.identify, _intercom(name))
    shape = zendesk if told.scheme == "zendesk" and "id" not in told.fields else plain
    identify = partial(shape.identify, fields=told.fields)
    read = partial(shape.read, fields=told.fields, values=told.values)
    return Reader(identify, _applying(read, sender=name))
