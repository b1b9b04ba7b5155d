"""One call of the tracking API, read: who, when, what. Pure; raises Unreadable."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import Any

import orjson

from csbot.inbox import fields
from csbot.inbox.errors import Unreadable
from csbot.inbox.fingerprint import fingerprint
from csbot.usage.meaning import COUNTED, VIEWS, Meaning

TYPES = ("identify", "track", "group", "page", "screen", "alias")
MESSAGE_ID_MAX, KEY_MAX, NAME_MAX = 100, 200, 200
TOLD = ("identify", "group")
DEPTH = 60
ANONYMOUS, OWN = "~anonymous:", "~user:"
NUL = "\\u0000"  # as JSON has it
NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class Call:
    """`user` is who did it, `other` who turned out to be the same, `group` whom it was done for.

    `at` is by our clock. `traits` are told by identify and group, `properties` (as JSON) kept;
    `address` is what others say of the person's, whatever it is.
    """

    message_id: str
    type: str
    user: str
    other: str | None
    group: str | None
    name: str | None
    at: datetime
    traits: Mapping[str, Any]
    properties: str
    feature: str = ""
    seconds: int = 0
    login: bool = False
    milestone: str | None = None
    address: Any = None

    @property
    def counted(self) -> bool:
        return self.type in COUNTED

    @property
    def day(self) -> date:
        return self.at.date()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is true of every call of a request; `sent_at` is by the sender's clock.

    `shallow` is whether all of them have been looked at for what is nested too deeply.
    """

    received_at: datetime
    sent_at: datetime | None = None
    context: Mapping[str, Any] | None = None
    shallow: bool = False


def read_call(body: Any, envelope: Envelope, meaning: Meaning, kind: str | None = None) -> Call:
    """`kind` is the type where the address says it, else the body does."""
    if not isinstance(body, dict):
        raise Unreadable("batch", "every event must be a JSON object")
    if not envelope.shallow and too_deep([body]):
        raise Unreadable("batch", f"an event must not be nested deeper than {DEPTH}")
    kind = kind or body.get("type")
    if kind not in TYPES:
        raise Unreadable("type", f"must be one of {', '.join(TYPES)}")
    user, anonymous = key_of(body.get("userId")), key_of(body.get("anonymousId"))
    if user is None and anonymous is None:
        raise Unreadable("userId", "must be there, or anonymousId, as text of at least a letter")
    properties = mapping(body.get("properties"))
    call = Call(
        message_id=_message_id(body, kind, envelope),
        type=kind,
        user=user or f"{ANONYMOUS}{anonymous}",
        other=f"{ANONYMOUS}{anonymous}" if user and anonymous and kind == "identify" else None,
        group=_group(body, envelope),
        name=_name(body, kind),
        at=_at(body, envelope),
        traits=_traits(body) if kind in TOLD else NOTHING,
        properties=_stored(properties),
    )
    if kind == "alias":
        call.other = _need_key(body, "previousId")
    elif kind == "group":
        call.group = _need_key(body, "groupId")
    elif kind in COUNTED:
        _mean(call, properties, meaning)
        call.address = mapping(mapping(body.get("context")).get("traits")).get("email")
    return call


def _mean(call: Call, properties: Mapping[str, Any], meaning: Meaning) -> None:
    call.feature = meaning.feature(call.name, properties)
    call.seconds = meaning.seconds(properties) if properties else 0
    call.login = meaning.is_login(call.name)
    call.milestone = meaning.milestone(call.name)


def key_of(value: Any) -> str | None:
    """An id as text: numbers are ids too; "" is none; a very long one by its hash.

    One that looks like a key of ours is another one: nobody names somebody else's visitor or home.
    """
    if value is None:
        return None
    if type(value) is not str:
        value = fields.text({"id": value}, "id") or ""
    return _key(value) if len(value) > KEY_MAX else _key_again(value)


def _key(value: str) -> str | None:
    value = (value if value.isprintable() else fields.storable(value)).strip()
    if len(value) > KEY_MAX:
        value = value[: KEY_MAX - 20] + _short(value, 20)
    if value.startswith((ANONYMOUS, OWN)):
        value = f"~{value}"
    return value or None


_key_again = lru_cache(10_000)(_key)  # the same people and companies come again and again


def too_deep(level: Sequence[Any]) -> bool:
    """Whether any of these lists and objects is."""
    for _ in range(DEPTH):
        level = [
            item
            for part in level
            for item in (part.values() if type(part) is dict else part)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return False
    return True


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else NOTHING


def _traits(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """RudderStack's clients put them into the context."""
    return mapping(body.get("traits")) or mapping(mapping(body.get("context")).get("traits"))


def _need_key(body: Mapping[str, Any], field: str) -> str:
    key = key_of(body.get(field))
    if key is None:
        raise Unreadable(field, "must be there, as text")
    return key


def _group(body: Mapping[str, Any], envelope: Envelope) -> str | None:
    return (
        key_of(mapping(body.get("context")).get("groupId"))
        or key_of(body.get("groupId"))
        or key_of(mapping(envelope.context).get("groupId"))
    )


def _name(body: Mapping[str, Any], kind: str) -> str | None:
    if kind == "track":
        value = body.get("event")
        if type(value) is str and value.isprintable() and 0 < len(value) <= NAME_MAX:
            return value.strip() or fields.need_text(body, "event")
        return fields.need_text(body, "event", longest=NAME_MAX)
    if kind in VIEWS:
        return fields.text(body, "name", longest=NAME_MAX)
    return None


def _message_id(body: Mapping[str, Any], kind: str, envelope: Envelope) -> str:
    told = body.get("messageId")
    value = _key(told) if type(told) is str else key_of(told)
    if value is None:
        value = _made_up(body, kind, envelope)
    return value if len(value) <= MESSAGE_ID_MAX else _short(value, 64)


def _made_up(body: Mapping[str, Any], kind: str, envelope: Envelope) -> str:
    """The same content is the same event; where it tells no time, within a minute."""
    told = {k: v for k, v in body.items() if k not in ("sentAt", "writeKey", "receivedAt")}
    if _told_at(body) is None:
        told["minute"] = envelope.received_at.strftime("%Y-%m-%dT%H:%M")
    return fingerprint([kind, told])


def _short(value: str, length: int) -> str:
    return sha256(value.encode()).hexdigest()[:length]


def _at(body: Mapping[str, Any], envelope: Envelope) -> datetime:
    """By our clock: the sender's is off by what it says of the moment of sending."""
    told, sent = _told_at(body), _instant(body, "sentAt") or envelope.sent_at
    if told is None:
        return envelope.received_at
    if sent is not None:
        told += envelope.received_at - sent
    return told if fields.EARLIEST <= told <= envelope.received_at else envelope.received_at


def _told_at(body: Mapping[str, Any]) -> datetime | None:
    return _instant(body, "timestamp") or _instant(body, "originalTimestamp")


def _instant(body: Mapping[str, Any], field: str) -> datetime | None:
    value = body.get(field)
    if value is None:
        return None
    if type(value) is str:
        try:  # what nearly all send, and ten times as fast
            moment = datetime.fromisoformat(value)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return fields.instant(body, field)
        return moment if fields.EARLIEST <= moment < fields.LATEST else None
    return fields.instant(body, field)


def _stored(properties: Mapping[str, Any]) -> str:
    """As JSON that both databases keep."""
    if not properties:
        return "{}"
    try:
        said = orjson.dumps(properties).decode()
    except TypeError:  # halves of surrogate pairs, whole numbers beyond 64 bits
        said = NUL
    return json.dumps(plain(properties)) if NUL in said else said


def plain(value: Any) -> Any:
    """Without what a database refuses; what is no number is nothing."""
    if isinstance(value, str):
        return fields.storable(value)
    if isinstance(value, Mapping):
        return {fields.storable(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return None
    return [plain(item) for item in value] if isinstance(value, list) else value
