"""How one attempt to send ended."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Sent:
    """Slack has it. `note` says what had to give, for example the charts."""

    channel: str | None = None
    ts: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Held:
    """Surely not accepted, and worth trying again `after`; the attempt does not count."""

    code: str
    after: timedelta


@dataclass(frozen=True)
class Dead:
    """Surely not accepted, and not worth trying again before somebody mends the cause."""

    code: str


@dataclass(frozen=True)
class Uncertain:
    """May have been accepted, and we may not look: never repeated without looking."""

    code: str


@dataclass(frozen=True)
class Unknown:
    """May have been accepted: left to the next attempt after the lease, which looks first."""

    code: str


@dataclass(frozen=True)
class Redirected:
    """Cannot be shown to one person in that channel: goes to them as a direct message."""

    code: str


Outcome = Sent | Held | Dead | Uncertain | Unknown | Redirected
