"""`until monday cover @lee`, `thursday to tuesday`, `for a week`: when somebody is away."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from csbot.dates import take_date
from csbot.errors import Refused
from csbot.team.model import TeamMember
from csbot.team.queries import named, take_named
from csbot.undated import why_no_date
from csbot.words import first_word, normalise, said, unquoted

DAY = timedelta(days=1)
TRY = "Try `/cs away until monday cover @lee`, or `/cs away` alone for a form."
_DASH = re.compile(r"\s*[–—]\s*|\s-\s|(?<=[a-z])-(?=[a-z])", re.IGNORECASE)
_COVER = re.compile(
    r"(?:^|\s)(?:(?:covered by|cover(?:s| is|:)?|with)\s+(?=\S)|(?=<?@\w))", re.IGNORECASE
)
_COVERS = re.compile(r"(?:^|\s)(\S+)\s+covers(?: me| for me)?\s*$", re.IGNORECASE)
_LEAD = re.compile(r"^(?:(?:i am|i'm|is|away|out|off|from|starting|on)\s+)+", re.IGNORECASE)
_UNTIL = re.compile(r"^(?:until|untill|till|til|to|back on|back)\s+", re.IGNORECASE)
_THROUGH = re.compile(r"^(?:through|thru|until and including|including)\s+", re.IGNORECASE)
_WHOLE = re.compile(r"(?:for )?(?:all of |all |the whole )?(this|next) (week|month)", re.IGNORECASE)
_FOR = re.compile(
    r"^(?:for\s+)?(?=(?:\d{1,3}|an?|one|two|three|four|five|six)\s?(?:d|w|days?|weeks?|months?)\b)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Wish:
    """`back_on` is the first day back; without `from_on` it begins now. `cover` may be unsaid."""

    from_on: date | None
    back_on: date
    cover: TeamMember | None = None


def split_person(session: Session, text: str) -> tuple[TeamMember | None, str]:
    """Whom it is about, where it begins with a mention or a name; and the rest."""
    text = normalise(text)
    if text.startswith(("@", "<@", "<mailto:")):
        return take_named(session, text)
    first, rest = first_word(text)
    if not text or _reads_on(text):
        return None, text
    try:
        return named(session, first), rest
    except Refused:
        return None, text


def _reads_on(text: str) -> bool:
    """Whether it begins with what this command knows, so that it is nobody's name."""
    leads = (_LEAD, _UNTIL, _THROUGH, _FOR, _COVER)
    return any(lead.match(text) for lead in leads)


def read(session: Session, text: str, *, today: date) -> Wish:
    """Refused, with what could not be read, where it is no time."""
    plain = _DASH.sub(" to ", unquoted(normalise(text)))
    words, cover = _take_cover(session, " ".join(plain.split()))
    words = _LEAD.sub("", words)
    wish, rest = _times(words, today)
    if rest:
        raise Refused(f"I can't read {said(rest)}. {TRY}")
    return replace(wish, cover=cover)


def _take_cover(session: Session, words: str) -> tuple[str, TeamMember | None]:
    """Who covers, wherever in the text it stands, and what stands around it."""
    if found := _COVERS.search(words):
        return words[: found.start()].strip(), named(session, found.group(1))
    found = _COVER.search(words)
    if found is None:
        return words, None
    member, rest = take_named(session, words[found.end() :])
    return f"{words[: found.start()]} {rest}".strip(), member


def _times(words: str, today: date) -> tuple[Wish, str]:
    if whole := _whole(words, today):
        first, after = whole
        return Wish(first if first > today else None, after), ""
    if lead := _THROUGH.match(words):
        return _through(words[lead.end() :], today)
    if lead := _UNTIL.match(words) or _FOR.match(words):
        back, rest = _date(words[lead.end() :], today)
        return Wish(None, back), rest
    start, rest = _date(words, today)
    if not rest:
        return Wish(start, start + DAY), ""
    wish, rest = _end(rest, start)
    return replace(wish, from_on=start), rest


def _end(words: str, start: date) -> tuple[Wish, str]:
    """What follows the first day of two."""
    lead = _THROUGH.match(words) or _UNTIL.match(words) or _FOR.match(words)
    if lead is None:
        return Wish(None, start + DAY), words
    if _THROUGH.match(words):
        return _through(words[lead.end() :], start)
    day, rest = _date(words[lead.end() :], start)
    return Wish(None, day), rest


def _through(words: str, today: date) -> tuple[Wish, str]:
    """Away to the end of what is named."""
    if whole := _whole(words, today):
        return Wish(None, whole[1]), ""
    last, rest = _date(words, today)
    return Wish(None, last + DAY), rest


def _whole(words: str, today: date) -> tuple[date, date] | None:
    """The first day of a week or month that is named, and the first one after it."""
    found = _WHOLE.fullmatch(words.strip(" ,.!"))
    if found is None:
        return None
    following = found[1].casefold() == "next"
    if found[2].casefold() == "week":
        first = today + (7 * following - today.weekday()) * DAY
        return first, first + 7 * DAY
    first = today.replace(day=1)
    first = _next_month(first) if following else first
    return first, _next_month(first)


def _next_month(first: date) -> date:
    return (first + 31 * DAY).replace(day=1)


def _date(words: str, today: date) -> tuple[date, str]:
    found = take_date(words, today=today)
    if found is None:
        why = why_no_date(words) or f"I can't read the date {said(first_word(words)[0])}."
        raise Refused(f"{why} {TRY}")
    return found
