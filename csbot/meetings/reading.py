"""A meeting as people write it on one line: its kind or title, when, and how long."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from csbot.dates import end_moment, take_moment
from csbot.errors import Refused
from csbot.undated import no_day_within
from csbot.words import first_word, number

REVIEW = "QBR"
KINDS = {
    "quarterly business review": REVIEW,
    "business review": REVIEW,
    "qbr": REVIEW,
    "ebr": REVIEW,
    "success session": "success session",
    "success": "success session",
    "onboarding": "onboarding",
    "walkthrough": "walkthrough",
    "walk-through": "walkthrough",
    "demo": "walkthrough",
    "training": "training",
    "renewal talk": "renewal talk",
    "renewal": "renewal talk",
    "kick-off": "kick-off",
    "kickoff": "kick-off",
}
OUTCOMES = {
    "attended": "attended", "happened": "attended", "held": "attended",
    "no-show": "no_show", "noshow": "no_show", "no show": "no_show", "missed": "no_show",
    "cancelled": "cancelled", "canceled": "cancelled", "cancel": "cancelled",
}  # fmt: skip
_DURATION = re.compile(
    r"(?:(?<=\s)|^)(?:for )?(\d{1,3}) ?(m|min|mins|minutes|h|hours?)(?=\s|$)", re.IGNORECASE
)
_CLOCK = re.compile(
    r"\d:\d\d|\d ?[ap]m\b|\b(?:noon|midday|morning|tonight)\b|\bat \d|\bin (?:\d+|an?) ?[hm]",
    re.IGNORECASE,
)
_BARE_CLOCK = re.compile(r"(?:at )?(?:\d{1,2}(?:[:h]\d\d)? ?(?:am|pm)?|noon|midday)", re.IGNORECASE)
MOMENT_WORDS = 6
_IN = re.compile(r"\bin $", re.IGNORECASE)
_FIGURES = re.compile(r"\d[-/.:]\d")
_USAGE = "`/cs meeting done 7 attended`, `no-show` or `cancelled`, then a note if you like"


class Unclear(Exception):
    """The time cannot be read."""

    def __init__(self, *, wrong: str, line: "Line") -> None:
        super().__init__(wrong)
        self.wrong, self.line = wrong, line


@dataclass(frozen=True)
class Line:
    """`timed`: a time of day was written, not only a day."""

    kind: str = "meeting"
    title: str = ""
    starts_at: datetime | None = None
    minutes: int = 30
    timed: bool = False


@dataclass(frozen=True)
class Outcome:
    """`outcome` is empty while it has not been said."""

    meeting_id: int
    outcome: str | None
    note: str | None


def read_line(text: str, *, now: datetime, zone: ZoneInfo) -> Line:
    """The meeting in `text`; raises Unclear when it has figures that are no time."""
    duration = _duration(text)
    minutes = _minutes(duration) if duration else 30
    if duration:
        text = text[: duration.start()] + text[duration.end() :]
    words = text.split()
    wrong = no_day_within(words)
    read = _around_the_time(words, now, zone) if wrong is None else None
    if read is not None and not _FIGURES.search(read[0]):
        return _named(read[0], minutes, starts_at=read[1], timed=_is_whole(text, read[0]))
    digits = (i for i, word in enumerate(words) if any(c.isdigit() for c in word))
    figures = next(digits, None) if wrong is None else wrong
    if figures is None:
        return _named(" ".join(words), minutes)
    line = _named(" ".join(words[:figures]), minutes)
    raise Unclear(wrong=" ".join(words[figures:]), line=line)


def _is_whole(text: str, around: str) -> bool:
    """Whether a time of day was written, and no word may be a day that was misspelt."""
    if not _CLOCK.search(text):
        return False
    when = " ".join(word for word in text.split() if word not in around.split())
    return not _BARE_CLOCK.fullmatch(when) or around.casefold() in ("", *KINDS)


def _duration(text: str) -> re.Match[str] | None:
    """The last duration that does not belong to a time ("in 45 minutes")."""
    found = [m for m in _DURATION.finditer(text) if not _IN.search(text[: m.start()][-4:])]
    return found[-1] if found else None


def _minutes(match: re.Match[str]) -> int:
    return int(match.group(1)) * (60 if match.group(2).lower().startswith("h") else 1)


def _around_the_time(
    words: list[str], now: datetime, zone: ZoneInfo
) -> tuple[str, datetime] | None:
    """What stands around the time, and the time: at the end, at the start or in the middle."""
    try:
        if ended := end_moment(" ".join(words), now=now, zone=zone):
            return ended
        for at in range(len(words)):
            near, far = words[at : at + MOMENT_WORDS], words[at + MOMENT_WORDS :]
            if begun := take_moment(" ".join(near), now=now, zone=zone):
                return " ".join([*words[:at], begun[1], *far]).strip(), begun[0]
    except Refused:  # 03/04/2026 can be read two ways
        return None
    return None


def _named(
    text: str, minutes: int, *, starts_at: datetime | None = None, timed: bool = False
) -> Line:
    """The first known kind that it begins with; with more words they are all its title."""
    low = text.casefold()
    for written, kind in KINDS.items():
        if low == written or low.startswith(written + " "):
            return Line(kind, "" if low == written else text, starts_at, minutes, timed)
    return Line("meeting", text, starts_at, minutes, timed)


def read_outcome(text: str) -> Outcome:
    """`7 attended and a note`; Refused without a number, or with an outcome nobody knows."""
    head, rest = first_word(text)
    meeting_id = number(head.removeprefix("#"))
    if meeting_id is None:
        raise Refused(f"Which meeting? Write {_USAGE}. `/cs meeting acme` lists the numbers.")
    if not rest:
        return Outcome(meeting_id, None, None)
    for written, outcome in OUTCOMES.items():
        if re.match(rf"{written}(?=[\s,.:;]|$)", rest, re.IGNORECASE):
            note = rest[len(written) :].strip(" ,.:;")
            return Outcome(meeting_id, outcome, note or None)
    raise Refused(f"I can't read how meeting {meeting_id} went. Write {_USAGE}.")
