"""Which renewals somebody asked for: read from their words, and carried by buttons. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from csbot.accounts.choosing import Found, Vocabulary, owners_and_segments, plain, understand
from csbot.errors import Refused
from csbot.renewals.rules import LABELS, Category, add_months

DAYS_MAX, PAGES_MAX = 730, 9999
MOST = {"window": 1, "view": 1, "all": 1, "categories": len(Category)}
OLD = "This button is from an older version of the list. Write `/cs renewals` again."
_CODE = re.compile(r"(\d{1,4})([dwm])|q[01]|Q[1-4](\.20\d\d)?", re.ASCII)
_NAMED = re.compile(r"q([1-4])(?:[ /]?(20\d\d))?|(20\d\d)[ /]?q([1-4])", re.ASCII)
_SPAN = re.compile(r"(?:next )?(\d{1,5}) ?(d(?:ays?)?|w(?:eeks?)?|m(?:onths?)?)", re.ASCII)
_FILLERS = {"for", "of", "in", "and", "due", "the", "only", "renewals"}
_QUARTERS = {"quarter": "q0", "this quarter": "q0", "next quarter": "q1"}
VIEWS = ("month", "quarter", "owner", "segment")
_VIEWS = {f"by {view}": view for view in VIEWS}
ACTS = {"export": "export", "csv": "export", "history": "history", "chart": "chart"}
_LETTERS = dict(zip("cpbr", Category, strict=True))


@dataclass(frozen=True)
class Filters:
    """`window` is 90d, 12w, 3m, q0 (this quarter), q1 (the next), or Q1 to Q4 with a year or none.

    `segments` are `segment_key`s.
    """

    window: str = "90d"
    owners: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    view: str = "month"
    page: int = 1

    def span(self, today: date) -> tuple[date | None, date]:
        """First and last due date; a plain window has no first: what is overdue stays in it."""
        if self.window[0] in "qQ":
            first = _first_of(self.window, today)
            return first, add_months(first, 3) - timedelta(days=1)
        count, unit = int(self.window[:-1]), self.window[-1]
        if unit == "m":
            return None, add_months(today, count)
        return None, today + timedelta(days=count * (7 if unit == "w" else 1))

    @property
    def of_accounts(self) -> bool:
        """Whether accounts must be looked up to know which renewals are meant."""
        return bool(self.owners or self.segments)

    @property
    def by_owner(self) -> bool:
        """Whether they are found by whose they are, a few of them or all."""
        return bool(self.owners) or self.view == "owner"

    def code(self) -> str:
        """The whole choice in at most 75 characters, as an option's value may be."""
        letters = "".join(key for key, one in _LETTERS.items() if one in self.categories)
        owners = ".".join(map(str, self.owners))
        parts = (self.window, self.view, self.page, letters, owners, ".".join(self.segments))
        return "|".join(map(str, parts))

    def whole(self) -> "Filters":
        """Without what only says how a list of it is shown."""
        return replace(self, view="month", page=1)

    def unpaged(self) -> "Filters":
        return replace(self, page=1)

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
        and view in VIEWS
        and re.fullmatch("[1-9][0-9]{0,3}", page) is not None
        and re.fullmatch("[cpbr]{0,4}", letters) is not None
        and re.fullmatch(r"([0-9]{1,9}(\.[0-9]{1,9})*)?", owners) is not None
        and re.fullmatch(r"([0-9a-f]{6}(\.[0-9a-f]{6})*)?", segments) is not None
    )


_CLOSED = "What was won or lost stands in `/cs renewals history`; the list has what is open."
ELSEWHERE = {
    "won": _CLOSED,
    "lost": _CLOSED,
    "closed": _CLOSED,
    "overdue": "What is overdue stands first in `/cs renewals`, whatever the window.",
}


def acts(text: str) -> tuple[tuple[str, ...], str]:
    """What is wanted of the list, said before or after the filters; and the filters."""
    words, found = text.split(), set[str]()
    for end in (-1, 0):
        while words and (act := ACTS.get(words[end].casefold())):
            found.add(act)
            del words[end]
    return tuple(sorted(found)), " ".join(words)


def read(text: str, words: Vocabulary) -> Filters:
    """The filters in `text`, in any order; Refused with what was understood and is expected."""
    reading = understand(
        text,
        lambda phrase: _meaning(phrase, words),
        most=MOST,
        fillers=_FILLERS,
        expected="a window (`90d`, `12w`, `3m`, `next quarter`, `Q1`, `all`), "
        f"{owners_and_segments(words)} or a category ({', '.join(LABELS.values())}); "
        f"then {', '.join(f'`by {view}`' for view in VIEWS)}, `export`, `chart` or `history`",
    )
    parts = reading.parts("window", "view", "all")
    # Everybody's, as far ahead as there is to see; behind a window it says no more than that.
    widest = parts.pop("all", None)
    return Filters(**({"window": widest} if widest else {}) | parts)  # type: ignore[arg-type]


def _meaning(phrase: str, words: Vocabulary) -> Found | None:
    said = plain(phrase)
    if said == "all":
        return "all", f"{DAYS_MAX}d"
    if said in _VIEWS:
        return "view", _VIEWS[said]
    if window := _window(said):
        return "window", window
    if said in ELSEWHERE:
        raise Refused(ELSEWHERE[said])
    if said.replace("_", " ") in LABELS.values():
        return "categories", Category(said.replace(" ", "_"))
    return words.meaning(phrase)


def _window(said: str) -> str | None:
    if said in _QUARTERS:
        return _QUARTERS[said]
    if named := _NAMED.fullmatch(said):
        quarter, year = named[1] or named[4], named[2] or named[3]
        return f"Q{quarter}.{year}" if year else f"Q{quarter}"
    found = _SPAN.fullmatch(said)
    if not found:
        return None
    code = found.group(1).lstrip("0") + found.group(2)[0]
    if not _CODE.fullmatch(code) or _days(code) > DAYS_MAX:
        raise Refused(f"A window is 1 to {DAYS_MAX} days, for example `90d`.")
    return code


def _days(code: str) -> int:
    return 92 if code[0] in "qQ" else int(code[:-1]) * {"d": 1, "w": 7, "m": 30}[code[-1]]


def _first_of(code: str, today: date) -> date:
    """A quarter's first day; one without a year is the one that is not over yet."""
    if code[0] == "q":
        return _quarter(today, int(code[1]))
    month, year = int(code[1]) * 3 - 2, int(code[3:] or today.year)
    first = date(year, month, 1)
    return first if code[2:] or add_months(first, 3) > today else add_months(first, 12)


def _quarter(day: date, later: int) -> date:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return add_months(first, 3 * later)
