"""Who sends us webhooks: a row each. One more row is one more sender."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from csbot.inbox.fields import Body
from csbot.settings import Settings
from csbot.webhooks.signatures import Scheme

Identify = Callable[[Body], tuple[str, str]]
Apply = Callable[..., None]


@dataclass(frozen=True)
class Sender:
    """`path` is the last part of /webhooks/…, `source` what falls silent when it stops.

    `identify(body)` gives the event's id, unique for this sender, and its kind; `apply(session,
    body, settings=, now=)` does what it says. Both raise Unreadable, `apply` UnknownAccount too.
    """

    name: str
    path: str
    source: str
    scheme: Scheme | None
    identify: Identify
    apply: Apply


KNOWN: tuple[Sender, ...] = ()
PATHS = ("stripe", "surveys", "tickets", "meetings", "generic")


def senders(settings: Settings, path: str) -> list[Sender]:
    """Those of one address: the team's own of `csbot.toml` first."""
    return [sender for sender in KNOWN if sender.path == path]


def secrets_of(settings: Settings, sender: Sender) -> list[str]:
    """All that are good now: several during a rotation."""
    found = list(settings.env.csbot_webhook_secrets.get(sender.name, ()))
    if sender.name == "stripe":
        told = settings.env.stripe_webhook_secret.split(",")
        found += [secret.strip() for secret in told if secret.strip()]
    return found


def event_of(sender: Sender, body: Body, headers: Mapping[str, str]) -> tuple[str, str]:
    """The event's id and kind; an id that was signed with the body counts for more than any in it.

    `headers` have names in lower case. Raises Unreadable.
    """
    event_id, kind = sender.identify(body)
    told = headers.get(sender.scheme.id_header) if sender.scheme else None
    return told or event_id, kind
