"""Each sender of surveys: how its events are told apart, and what one of them does."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from csbot.inbox.fields import Body
from csbot.surveys import delighted, plain, surveymonkey, typeform, wootric
from csbot.surveys.answer import Told
from csbot.surveys.service import Apply, applying
from csbot.webhooks.settings import SenderSettings


class Reader(NamedTuple):
    """`identify(body)` and `apply(session, body, settings=, now=, at=)`, for a webhook."""

    identify: Callable[[Body], tuple[str, str]]
    apply: Apply


def _reader(
    name: str, identify: Callable[[Body], tuple[str, str]], read: Callable[[Body], Told]
) -> Reader:
    return Reader(identify, applying(read, sender=name))


READERS = {
    "surveys": _reader("surveys", plain.identify, plain.read),
    "delighted": _reader("delighted", delighted.identify, delighted.read),
    "surveymonkey": _reader("surveymonkey", surveymonkey.identify, surveymonkey.read),
    "typeform": _reader("typeform", typeform.identify, typeform.read),
    "wootric": _reader("wootric", wootric.identify, wootric.read),
}


def own(name: str, told: SenderSettings) -> Reader:
    """A sender of csbot.toml: Typeform with its scale said, or any other by its fields."""
    if told.scheme == "typeform" and "id" not in told.fields:
        read = partial(typeform.read, fields=told.fields, scale=told.scale)
        return _reader(name, typeform.identify, read)
    identify = partial(plain.identify, fields=told.fields)
    read = partial(plain.read, fields=told.fields, values=told.values, scale=told.scale)
    return _reader(name, identify, read)
