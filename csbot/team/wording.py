"""One's own settings in words: `digest 9:00, alerts dm, zone Europe/Berlin, country de`."""

import re
from datetime import time
from typing import Any

from csbot.errors import Refused
from csbot.team.days_off import read_country
from csbot.team.model import AS_ROLE, TeamMember
from csbot.words import first_word, normalise, said

_CLOCK = re.compile(r"(?:at )?(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm)?", re.ASCII | re.IGNORECASE)
_WAYS = {
    "mention": "mention", "channel": "mention", "dm": "dm", "direct": "dm", "message": "dm",
    "digest": "digest", "role": AS_ROLE, "usual": AS_ROLE, "default": AS_ROLE,
}  # fmt: skip
HOW = (
    "Write for example `/cs settings digest 9:00`, `alerts dm`, `hours 9:00-17:00`, "
    "`zone Europe/Berlin` or `country de`; several after commas. "
    "`/cs settings` alone shows your own."
)
DAILY = (
    "Nothing was saved: the digest comes once on each of your working days. Choose its hour, "
    "for example `/cs settings digest 17:00`."
)


def in_words(text: str, *, of: TeamMember) -> dict[str, Any]:
    """All of somebody's settings, with what they wrote in place of what was; Refused in doubt."""
    found: dict[str, Any] = {
        "alerts_by": of.alerts_by, "digest_at": of.digest_at, "work_starts": of.work_starts,
        "work_ends": of.work_ends, "days": list(of.working_days), "timezone": of.timezone,
        "country": of.country,
    }  # fmt: skip
    for part in normalise(text).split(","):
        word, rest = first_word(part)
        found |= _read(word.casefold(), rest, part)
    return found


def _read(word: str, rest: str, part: str) -> dict[str, Any]:
    if word == "digest" and (at := _clock(rest)) is not None:
        return {"digest_at": at}
    if word == "digest" and rest.casefold().strip() in ("never", "off", "none"):
        raise Refused(DAILY)
    if word == "alerts" and (way := _WAYS.get(rest.casefold().removeprefix("by ").strip())):
        return {"alerts_by": way}
    if word == "zone" and rest:
        return {"timezone": rest.strip()}
    if word == "country" and rest:
        none = rest.casefold().strip() in ("none", "nowhere", "off")
        return {"country": None if none else read_country(rest)}
    starts, _, ends = rest.replace("–", "-").replace(" to ", "-").partition("-")
    opens, closes = _clock(starts), _clock(ends)
    if word == "hours" and opens is not None and closes is not None:
        return {"work_starts": opens, "work_ends": closes}
    raise Refused(f"Nothing was saved: I did not read {said(part)}. {HOW}")


def _clock(text: str) -> time | None:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half = int(match.group(1)), int(match.group(2) or 0), match.group(3)
    if half:
        hour = hour % 12 + 12 * (half.lower() == "pm") if 1 <= hour <= 12 else 24
    return time(hour, minute) if hour < 24 and minute < 60 else None
