"""A check-in as people write it on one line: what happened, then `next step:` and perhaps when."""

import re
from dataclasses import dataclass
from datetime import date

from csbot.dates import take_date
from csbot.errors import Refused
from csbot.undated import why_undated

_NEXT = re.compile(r"(?:^|[\s,;.])+next(?: steps?)?\s*:\s*", re.IGNORECASE)
_LEAD = re.compile(r"(?:on|by|due|until) ", re.IGNORECASE)
_BEFORE = re.compile(r"[\s,;]+(?:on|by|due|until)?$", re.IGNORECASE)
DATE_WORDS = 6


@dataclass(frozen=True)
class Line:
    """`undated` says why what the step was to end with is no date."""

    note: str
    next_step: str | None = None
    next_step_on: date | None = None
    undated: str | None = None


def read_line(text: str, *, today: date) -> Line:
    """The note before the last `next:`, and the step behind it with the date at its end."""
    note, what, when = split_next(text, today=today)
    if what is None:
        return Line(text)
    note = note or f"Next step: {text.partition(':')[2].strip()}"
    return Line(note, what, when, None if when else why_undated(what))


def split_next(text: str, *, today: date) -> tuple[str, str | None, date | None]:
    """What stands before the last `next:`, the step behind it, and the date at that step's end."""
    found = list(_NEXT.finditer(text))
    if not found or not text[found[-1].end() :].strip():
        return text, None, None
    what, when = _dated(text[found[-1].end() :].strip(), today)
    return text[: found[-1].start()].strip(), what, when


def _dated(step: str, today: date) -> tuple[str, date | None]:
    """The step without the longest date it ends with; a date alone is no step."""
    words = step.split()
    for at in range(max(1, len(words) - DATE_WORDS), len(words)):
        tail = " ".join(words[at:])
        if (when := _whole(tail.rstrip("."), today) or _announced(tail, today)) is not None:
            return _BEFORE.sub("", " ".join(words[:at])), when
    return step, None


def _announced(text: str, today: date) -> date | None:
    """The full stop of `by 3.12.` is the date's own; that of `about release 2.5.` need not be."""
    return _whole(text, today) if _LEAD.match(text) else None


def _whole(text: str, today: date) -> date | None:
    try:
        taken = take_date(text, today=today)
    except Refused:  # 03/04/2026 can be read two ways: it stays in the words
        return None
    return taken[0] if taken and not taken[1] else None
