"""Which renewals somebody asked for: read from their words, and carried by buttons. Pure."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2s

from csbot.errors import Refused
from csbot.renewals.rules import LABELS, Category
from csbot.words import normalise, said
from messages.text import Mrkdwn, escape, listed

DAYS_MAX, PAGES_MAX = 730, 9999
MOST = {"window": 1, "view": 1, "owners": 3, "segments": 3, "categories": len(Category)}
OLD = "This button is from an older version of the list. Write `/cs renewals` again."
_CODE = re.compile(r"(\d{1,4})([dwm])|q[01]", re.ASCII)
_SPAN = re.compile(r"(?:next )?(\d{1,5}) ?(d(?:ays?)?|w(?:eeks?)?|m(?:onths?)?)", re.ASCII)
_TOKEN = re.compile(r'"([^"]*)"|<[@!][^>]*>|[^\s,]+')
_FILLERS = {"for", "of", "in", "and", "due", "the", "only", "renewals"}
_QUARTERS = {"quarter": "q0", "this quarter": "q0", "next quarter": "q1"}
_VIEWS = {"by owner": "owner", "by month": "month"}
_LETTERS = dict(zip("cpbr", Category, strict=True))


@dataclass(frozen=True)
class Filters:
    """`window` is 90d, 12w, 3m, q0 (this quarter) or q1; `segments` are `segment_key`s."""

    window: str = "90d"
    owners: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    view: str = "month"
    page: int = 1

    def span(self, today: date) -> tuple[date | None, date]:
        """First and last due date; a plain window has no first: what is overdue stays in it."""
        if self.window in ("q0", "q1"):
            first = _quarter(today, int(self.window[1]))
            return first, _add_months(first, 3) - timedelta(days=1)
        count, unit = int(self.window[:-1]), self.window[-1]
        if unit == "m":
            return None, _add_months(today, count)
        return None, today + timedelta(days=count * (7 if unit == "w" else 1))

    def code(self) -> str:
        """The whole choice in at most 75 characters, as an option's value may be."""
        letters = "".join(key for key, one in _LETTERS.items() if one in self.categories)
        owners = ".".join(map(str, self.owners))
        parts = (self.window, self.view, self.page, letters, owners, ".".join(self.segments))
        return "|".join(map(str, parts))

    def turned(self, by: int) -> "Filters":
        return replace(self, page=min(max(1, self.page + by), PAGES_MAX))


def from_code(code: str) -> Filters:
    """The filters that a button carries; Refused when it is none of ours."""
    parts = code.split("|")
    if len(parts) != 6 or not _sound(*parts):
        raise Refused(OLD)
    window, view, page, letters, owners, segments = parts
    return Filters(
        window=window,
        view=view,
        page=int(page),
        categories=tuple(_LETTERS[letter] for letter in letters),
        owners=tuple(int(one) for one in owners.split(".") if one),
        segments=tuple(one for one in segments.split(".") if one),
    )


def _sound(window: str, view: str, page: str, letters: str, owners: str, segments: str) -> bool:
    return (
        _CODE.fullmatch(window) is not None
        and _days(window) <= DAYS_MAX
        and view in _VIEWS.values()
        and re.fullmatch("[1-9][0-9]{0,3}", page) is not None
        and re.fullmatch("[cpbr]{0,4}", letters) is not None
        and re.fullmatch(r"([0-9]{1,9}(\.[0-9]{1,9})*)?", owners) is not None
        and re.fullmatch(r"([0-9a-f]{6}(\.[0-9a-f]{6})*)?", segments) is not None
    )


def segment_key(name: str) -> str:
    """Short enough for a button, whatever a customer's export calls its segments."""
    return blake2s(_plain(name).encode(), digest_size=3).hexdigest()


def read(
    text: str,
    *,
    segments: Iterable[str],
    people: Mapping[str, int],
    whom: Callable[[str], int],
) -> Filters:
    """The filters in `text`, in any order; Refused with what was understood and is expected.

    `people` are names as written, in lower case; `whom` finds the person behind an @mention.
    """
    words = Vocabulary(segments, people, whom)
    reading = Reading()
    tokens = [m.group(1) or m.group() for m in _TOKEN.finditer(normalise(text))]
    while tokens:
        tokens = tokens[_take(tokens, words, reading) :]
    if reading.unread:
        raise Refused(_unreadable(reading, words))
    return reading.filters()


class Vocabulary:
    def __init__(
        self, names: Iterable[str], people: Mapping[str, int], whom: Callable[[str], int]
    ) -> None:
        self.names, self.whom = sorted(names), whom
        self.segments = {_plain(name): segment_key(name) for name in self.names}
        self.people = {_plain(name): id for name, id in people.items()}


class Reading:
    """What has been understood so far."""

    def __init__(self) -> None:
        self.found: dict[str, list[str | int]] = {}
        self.said: list[str] = []
        self.unread: list[str] = []

    def note(self, kind: str, value: str | int, words: str) -> None:
        held = self.found.setdefault(kind, [])
        if value in held:
            return
        if len(held) == MOST[kind]:
            raise Refused(_too_many(kind, words))
        held.append(value)
        self.said.append(words)

    def filters(self) -> Filters:
        found = {kind: tuple(values) for kind, values in self.found.items()}
        single = {kind: found.pop(kind)[0] for kind in ("window", "view") if kind in found}
        return Filters(**found, **single)  # type: ignore[arg-type]


def _take(tokens: Sequence[str], words: Vocabulary, reading: Reading) -> int:
    """Understand the longest beginning of `tokens`; returns how many it took."""
    for size in (3, 2, 1):
        phrase = " ".join(tokens[:size])
        if len(tokens) >= size and (meant := _meaning(phrase, words)):
            reading.note(*meant, phrase)
            return size
    if _plain(tokens[0]) not in _FILLERS:
        reading.unread.append(tokens[0])
    return 1


def _meaning(phrase: str, words: Vocabulary) -> tuple[str, str | int] | None:
    plain = _plain(phrase)
    if plain in _VIEWS:
        return "view", _VIEWS[plain]
    if window := _window(plain):
        return "window", window
    if plain.replace("_", " ") in LABELS.values():
        return "categories", Category(plain.replace(" ", "_"))
    if plain in words.segments:
        return "segments", words.segments[plain]
    if plain in words.people:
        return "owners", words.people[plain]
    if re.fullmatch(r"@\S+|<@[^>]*>", phrase):
        return "owners", words.whom(phrase)
    return None


def _window(plain: str) -> str | None:
    if plain in _QUARTERS:
        return _QUARTERS[plain]
    found = _SPAN.fullmatch(plain)
    if not found:
        return None
    code = found.group(1).lstrip("0") + found.group(2)[0]
    if not _CODE.fullmatch(code) or _days(code) > DAYS_MAX:
        raise Refused(f"A window is 1 to {DAYS_MAX} days, for example `90d`.")
    return code


def _days(code: str) -> int:
    return 92 if code[0] == "q" else int(code[:-1]) * {"d": 1, "w": 7, "m": 30}[code[-1]]


def _plain(text: str) -> str:
    """As compared: lower case, one blank for blanks and for hyphens between words."""
    return " ".join(re.sub(r"(?<=\w)-(?=\w)", " ", text.casefold()).split())


def _too_many(kind: str, words: str) -> Mrkdwn:
    if MOST[kind] == 1:
        return Mrkdwn(f"{said(words)} is a second {kind}. Give one.")
    return Mrkdwn(f"{said(words)} is one too many. Give at most {MOST[kind]} {kind}.")


def _unreadable(reading: Reading, words: Vocabulary) -> Mrkdwn:
    understood = listed([str(said(one)) for one in reading.said], 6)
    kept = f" I understood: {understood}." if understood else ""
    segments = listed([str(escape(name)) for name in words.names], 4) or "enterprise"
    odd = listed([str(said(one)) for one in reading.unread])
    return Mrkdwn(
        f"I can't read {odd}.{kept} I expect, in any order: a window "
        "(`90d`, `12w`, `3m`, `next quarter`), an owner (`@dana`, `me`), "
        f"a segment ({segments}) or a category ({', '.join(LABELS.values())})."
    )


def _quarter(day: date, later: int) -> date:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return _add_months(first, 3 * later)


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
