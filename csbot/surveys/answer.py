"""What a survey's sender tells us, whoever it is; scores as csbot keeps them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Any

from csbot.accounts.hints import Hints
from csbot.feedback.rules import EMAIL_MAX, SCALES
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import found, text

# Customer effort is asked as agreement ("made it easy"), so more of it is better, as with CSAT.
KINDS = {"nps": "nps", "csat": "csat", "happiness": "happiness", "ces": "csat"}
_SCALE = re.compile(r"\s*(\d{1,4})\s*(?:-|–|to)\s*(\d{1,4})\s*")


@dataclass(frozen=True)
class Answer:
    """One answer as it stands at `as_of`, the sender's time of this version; without it the later
    arrival counts. `at` is when it was given.

    Without a `score` the survey was declined, or is not answered yet.
    """

    external_id: str
    kind: str
    score: int | None
    comment: str | None
    email: str | None
    account: Hints
    at: datetime | None
    as_of: datetime | None


@dataclass(frozen=True)
class OptOut:
    """Somebody wants no more e-mail."""

    email: str


Told = Answer | OptOut | None  # None: an event that does not concern us


def on_our_scale(score: float, *, kind: str, scale: str, field: str) -> int:
    """A score of the sender's scale ("1-10", "6-1" where less is better) on csbot's for `kind`.

    Straight in between: both ends meet both ends, halves go up. So a 6 of 1-10 stays a detractor,
    and of 1-5 the 4 becomes a passive 8, the 3 a detractor's 5.
    """
    worst, best = _ends(scale)
    if not min(worst, best) <= score <= max(worst, best):
        raise Unreadable(field, f"must be on its scale, from {worst} to {best}")
    least, most = SCALES[kind]
    return least + floor((score - worst) * (most - least) / (best - worst) + 0.5)


def _ends(scale: str) -> tuple[int, int]:
    match = _SCALE.fullmatch(scale)
    if match is None or int(match[1]) == int(match[2]):
        raise Unreadable("scale", "say which numbers there are, like 0-10 or 1-5")
    return int(match[1]), int(match[2])


def kind_of(name: str | None, *, field: str) -> str:
    kind = KINDS.get((name or "").strip().lower())
    if kind is None:
        raise Unreadable(field, f"must be one of {', '.join(KINDS)}")
    return kind


def kind_for(scale: str) -> str:
    """Scales that reach ten are NPS, others CSAT."""
    return "nps" if max(_ends(scale)) >= 10 else "csat"


def address(body: Any, path: str) -> str | None:
    return email_of(text(body, path, longest=EMAIL_MAX + 1))


def email_of(told: str | None) -> str | None:
    """An address in lower case, None for what cannot be one."""
    value = (told or "").lower()
    fits = "@" in value[1:-1] and " " not in value and len(value) <= EMAIL_MAX
    return value if fits else None


def hints(properties: Any, *, email: str | None = None) -> Hints:
    """From what a team has attached to the person or the form, under the usual names."""
    plain = {_key(name): name for name in properties} if isinstance(properties, Mapping) else {}

    def told(*keys: str) -> tuple[str | None, ...]:
        return tuple(_value(properties, plain[key]) for key in keys if key in plain)

    return Hints(
        ids=told("account_id", "account", "company_id", "organization_id"),
        emails=(email,),
        domains=told("domain", "company_domain", "account"),
        names=told("company", "company_name", "account_name", "organization", "account"),
    )


def _key(name: object) -> str:
    return str(name).strip().lower().replace(" ", "_").replace("-", "_")


def _value(properties: Mapping[str, Any], name: str) -> str | None:
    # Not by its path: a name of the team's own may hold dots.
    return text({"value": found({"value": properties[name]}, "value")}, "value", longest=200)
