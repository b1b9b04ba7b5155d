"""Who sends us webhooks: a row each. One more row is one more sender."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from csbot.calendars import plain as calendars_plain
from csbot.calendars import senders as calendars
from csbot.inbox.fields import Body, storable
from csbot.payments import service as payments
from csbot.payments import stripe
from csbot.settings import Settings
from csbot.surveys import plain as surveys_plain
from csbot.surveys import senders as surveys
from csbot.surveys.senders import Reader
from csbot.tickets import intercom
from csbot.tickets import plain as tickets_plain
from csbot.tickets import senders as tickets
from csbot.webhooks import generic
from csbot.webhooks.settings import SenderSettings
from csbot.webhooks.signatures import SCHEMES, Scheme, usable

Identify = Callable[[Body], tuple[str, str]]
Apply = Callable[..., None]


@dataclass(frozen=True)
class Sender:
    """`path` is the last part of /webhooks/…, `source` what falls silent when it stops.

    `identify(body)` gives the event's id, unique for this sender, and its kind; `apply(session,
    body, settings=, now=, at=)` does what it says, as of `at`, which is when it came. Both raise
    Unreadable, `apply` UnknownAccount too.
    """

    name: str
    path: str
    source: str
    scheme: Scheme | None
    identify: Identify
    apply: Apply


def _reading(path: str, reader: Reader, name: str, *schemes: str) -> Iterator[Sender]:
    """A row for each way in which it may sign; without one it brings a key."""
    found: list[Scheme | None] = [SCHEMES[one] for one in schemes]
    for scheme in found or [None]:
        yield Sender(name, path, path, scheme, *reader)


SURVEYS, TICKETS, MEETINGS = surveys.READERS, tickets.READERS, calendars.READERS
KNOWN: tuple[Sender, ...] = (
    Sender("stripe", "stripe", "billing", SCHEMES["stripe"], stripe.identify, payments.apply),
    *(
        Sender("generic", "generic", "generic", SCHEMES[name], generic.identify, generic.apply)
        for name in ("standard", "svix")
    ),
    *_reading("surveys", SURVEYS["surveys"], "surveys", "standard", "svix"),
    *_reading("surveys", SURVEYS["delighted"], "delighted", "delighted"),
    *_reading("surveys", SURVEYS["typeform"], "typeform", "typeform"),
    *_reading("surveys", SURVEYS["surveymonkey"], "surveymonkey", "surveymonkey"),
    *_reading("surveys", SURVEYS["wootric"], "wootric"),
    *_reading("tickets", TICKETS["tickets"], "tickets", "standard", "svix"),
    *_reading("tickets", TICKETS["zendesk"], "zendesk", "zendesk"),
    *_reading("tickets", TICKETS["freshdesk"], "freshdesk"),
    # All events of an Intercom app go to one address, whichever of the two it is.
    *_reading("surveys", TICKETS["intercom"], "intercom", "intercom"),
    *_reading("tickets", TICKETS["intercom"], "intercom", "intercom"),
    *_reading("meetings", MEETINGS["meetings"], "meetings", "standard", "svix"),
    *_reading("meetings", MEETINGS["calendly"], "calendly", "calendly"),
    *_reading("meetings", MEETINGS["calcom"], "calcom", "calcom"),
)
# Senders of csbot.toml: how their fields are read, and which there are.
OWN: dict[str, Callable[[str, SenderSettings], Reader]] = {
    "surveys": surveys.own,
    "tickets": tickets.own,
    "meetings": calendars.own,
}
FIELDS = {
    "surveys": surveys_plain.NAMES,
    "tickets": tickets_plain.NAMES,
    "meetings": calendars_plain.NAMES,
}
TAKEN = ("slack", "usage")  # they are told apart from senders by these names
PATHS = ("stripe", "surveys", "tickets", "meetings", "generic")


def senders(settings: Settings, path: str) -> list[Sender]:
    """Those of one address; one of `csbot.toml` takes the place of a known one of its name."""
    own = [
        _own(name, told) for name, told in settings.config.senders.items() if told.source == path
    ]
    replaced = {sender.name for sender in own}
    return own + [s for s in KNOWN if s.path == path and s.name not in replaced]


def named(settings: Settings, name: str) -> Sender | None:
    """The sender that a row of the inbox came from, if it is still one."""
    return next((s for path in PATHS for s in senders(settings, path) if s.name == name), None)


def takes_keys(sender: Sender) -> bool:
    """A key is good for one source; Intercom brings tickets and answers at one address."""
    return sender.identify is not intercom.identify


def _own(name: str, told: SenderSettings) -> Sender:
    reader = OWN[told.source](name, told)
    return Sender(name, told.source, told.source, told.described(), *reader)


def secrets_of(settings: Settings, sender: Sender) -> list[str]:
    """All that are good now: several during a rotation."""
    found = list(settings.env.csbot_webhook_secrets.get(sender.name.lower(), ()))
    if sender.name == "stripe":
        told = settings.env.stripe_webhook_secret.split(",")
        found += [secret.strip() for secret in told if secret.strip()]
    return found


def event_of(sender: Sender, body: Body, headers: Mapping[str, str]) -> tuple[str, str]:
    """The event's id and kind; an id that was signed with the body counts for more than any in it.

    `headers` have names in lower case. Raises Unreadable.
    """
    event_id, kind = sender.identify(body)
    return signed_id(sender, headers) or storable(event_id), storable(kind)


def signed_id(sender: Sender, headers: Mapping[str, str]) -> str | None:
    """The event's id where the headers tell it: also of a body that cannot be read."""
    told = headers.get(sender.scheme.id_header) if sender.scheme else None
    return storable(told) if told else None


def problems(settings: Settings) -> list[str]:
    """What is wrong with the senders of csbot.toml and with the secrets of all."""
    known = {sender.name: sender for path in PATHS for sender in senders(settings, path)}
    return [
        *(told for name in settings.config.senders for told in _misread(settings, name)),
        *(told for sender in known.values() for told in _unkeyed(settings, sender)),
        *(
            f"CSBOT_WEBHOOK_SECRETS: there is no sender {name}; there are {', '.join(known)}"
            for name in settings.env.csbot_webhook_secrets
            if name not in known
        ),
    ]


def _misread(settings: Settings, name: str) -> Iterator[str]:
    told = settings.config.senders[name]
    at = {sender.path for sender in KNOWN if sender.name == name}
    if name in TAKEN or (at and told.source not in at):
        yield f"csbot.toml: senders.{name}: this name is taken, choose another"
    if unknown := sorted({*told.fields, *told.values} - {*FIELDS[told.source]}):
        there = ", ".join(FIELDS[told.source])
        yield f"csbot.toml: senders.{name}: no field {', '.join(unknown)}; there are {there}"
    secret = settings.env.csbot_webhook_secrets.get(name)
    if secret and not told.described():
        yield f"csbot.toml: senders.{name}: has a secret, so say how it signs: scheme, or header"
    if told.described() and not secret:
        yield f"csbot.toml: senders.{name}: signs, so put {name}=SECRET into CSBOT_WEBHOOK_SECRETS"


def _unkeyed(settings: Settings, sender: Sender) -> Iterator[str]:
    scheme = sender.scheme
    if scheme and not all(usable(scheme, one) for one in secrets_of(settings, sender)):
        yield f"CSBOT_WEBHOOK_SECRETS: the secret of {sender.name} must be base64, like whsec_…"
