"""What a check-in must be, and what its words say about how it came about. Pure."""

import re
from datetime import date

from csbot.errors import Refused, Wrong, all_at_once
from csbot.tasks.rules import FURTHEST

CHANNELS = ("call", "email", "meeting", "chat", "other")
SENTIMENTS = ("positive", "neutral", "negative")
NOTE_MAX, STEP_MAX = 3000, 300
_WORDS = re.compile(
    r"\b(?:(?P<call>call(?:ed|s)?|phoned?|rang|dialled)"
    r"|(?P<email>e-?mail(?:ed|s)?|mail(?:ed|s)?|wrote)"
    r"|(?P<meeting>met|meeting|visit(?:ed)?|lunch|on-?site)"
    r"|(?P<chat>chat(?:ted)?|slack(?:ed)?|text(?:ed)?|messaged|dm))\b",
    re.IGNORECASE,
)


def channel_of(note: str) -> str:
    """How somebody got in touch, by the first word that tells; else `other`."""
    found = _WORDS.search(note)
    return (found.lastgroup if found else None) or "other"


@all_at_once
def check(
    *,
    note: str,
    channel: str,
    sentiment: str | None,
    next_step: str | None,
    next_step_on: date | None,
    today: date,
) -> Wrong:
    """Refuse, at the field that is wrong, what cannot be logged."""
    if not note.strip():
        yield Refused("Write in a few words what happened.", field="note")
    if len(note) > NOTE_MAX:
        yield Refused(f"At most {NOTE_MAX:,} characters; this is {len(note):,}.", field="note")
    if channel not in CHANNELS:
        yield Refused("Choose how you were in touch.", field="how")
    if sentiment is not None and sentiment not in SENTIMENTS:
        yield Refused("Choose how they sounded, or leave it open.", field="sentiment")
    _check_step(next_step, next_step_on, today)


@all_at_once
def _check_step(next_step: str | None, on: date | None, today: date) -> Wrong:
    if next_step and len(next_step) > STEP_MAX:
        yield Refused(f"At most {STEP_MAX} characters.", field="next_step")
    if on and not next_step:
        yield Refused("What is to happen on that day?", field="next_step")
    if on and on < today:
        yield Refused("That day is past. Choose today or later.", field="next_step_on")
    if on and on > today + FURTHEST:
        yield Refused("That is more than three years away. Choose an earlier day.",
                      field="next_step_on")  # fmt: skip
