"""How one attempt to send ended."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

SHARED_CHANNEL = "shared_channel"  # another organisation reads along there


@dataclass(frozen=True)
class Sent:
    """The other side has it, under its own id `ts`. `note` says what had to give: the charts."""

    channel: str | None = None
    ts: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Held:
    """Surely not accepted, and worth trying again `after`; the attempt does not count.

    Nothing of its lane goes out until then. `ours`: an admin has to mend something first.
    """

    code: str
    after: timedelta
    ours: bool = False


@dataclass(frozen=True)
class Later:
    """As Held, for this message alone: the others in its lane go on."""

    code: str
    after: timedelta


@dataclass(frozen=True)
class Dead:
    """Surely not accepted, and not worth trying again before somebody mends the cause.

    `about` says what was refused: this message, the address that nothing reaches, or the consent
    that the person has taken back.
    """

    code: str
    about: Literal["message", "address", "consent"] = "message"


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


@dataclass(frozen=True)
class Overtaken:
    """Not to be sent any more: nobody wants it, or its person does not, or it is too late."""

    code: str
    expired: bool = False


Outcome = Sent | Held | Later | Dead | Uncertain | Unknown | Redirected | Overtaken
