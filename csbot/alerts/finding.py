"""What a detector hands over: one shape for all kinds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from csbot.alerts.scope import Scope


class Finding(NamedTuple):
    """Something that is true now. `seen` changes when the card must; `level` when it gets worse.

    `keeps` is a finding that holds an open alert open but raises no new one. `playbook` is whose it
    is, where the detector finds for several.
    """

    account_id: int
    subject: str
    severity: str
    since: datetime
    evidence: dict[str, Any]
    person_id: int | None
    level: int
    seen: str
    keeps: bool = False
    playbook: str = ""


class Gone(NamedTuple):
    """An open alert whose cause is not there any more; `evidence` is what was last seen."""

    id: int
    account_id: int
    subject: str
    evidence: dict[str, Any]
    playbook: str = ""


class Ending(NamedTuple):
    """`how` an alert ended is a word that alert_closed.j2 knows; `because` is a sentence."""

    how: str
    because: str


LEFT = Ending("left", "It is marked as churned.")
REMOVED = Ending("removed", "It is not on file any more.")
Endings = dict[int, Ending]
STAKE = {"high_arr": "high_arr", "low_health": "low_health"}


@dataclass(frozen=True)
class Detector:
    """`find` is one query; `enrich` and `because` are one more, only for what has changed.

    `because` knows, by alert id, each ending that is the detector's own. What is left over ends
    because the customer has left, where the detector looks at `customers_only`, or by removal.
    `name` is what playbook files call it; `parameters` of theirs stand for these thresholds.
    """

    kind: str
    name: str
    find: Callable[[Scope], Iterable[Finding]]
    because: Callable[[Scope, list[Gone]], Endings]
    customers_only: bool
    enrich: Callable[[Scope, list[Finding]], list[Finding]] = lambda scope, found: found
    parameters: Mapping[str, str] = field(default_factory=dict)


def seen(level: int, person_id: int | None, *facts: object) -> str:
    """A fingerprint; its first two parts can be read back."""
    return "|".join(map(str, (level, person_id or "", *facts)))


def level_of(fingerprint: str) -> int:
    return int(fingerprint.split("|", 1)[0])


def person_of(fingerprint: str) -> int | None:
    part = fingerprint.split("|", 2)[1]
    return int(part) if part else None


def moved(fingerprint: str, now: Finding) -> bool:
    """Whether it is somebody else's than when it was seen last."""
    return person_of(fingerprint) != now.person_id


def theirs(owner_id: int | None, fingerprint: str, now: Finding) -> int | None:
    """Whoever it was handed to keeps it until the account or the task itself changes hands."""
    return now.person_id if moved(fingerprint, now) else owner_id


def seen_for(fingerprint: str, person_id: int | None) -> str:
    """The same, seen of somebody else's account."""
    level, _, *facts = fingerprint.split("|")
    return "|".join((level, str(person_id or ""), *facts))
