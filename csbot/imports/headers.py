"""Which column is what, compared by letters and digits only: case, blanks and _ do not matter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from csbot.imports.amounts import read_currency
from csbot.imports.errors import BadCell, UnusableFile
from csbot.imports.known import KNOWN, REQUIRED, Names
from csbot.imports.text import Row, Sheet
from csbot.imports.values import closest, loose
from csbot.imports.words import clean_line

SEVERAL = frozenset({"account"})  # fields that may have an id column and a name column
BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands; several places, the best first, only for `account`."""

    of: Mapping[str, tuple[int, ...]]
    others: Mapping[str, int]  # headers we do not know, by the name they have in the file
    titles: tuple[str, ...]

    def title(self, field: str) -> str:
        return self.titles[self.of[field][0]]


def knows(kind: str, header: str) -> bool:
    return _field(kind, header) is not None


def match_headers(kind: str, sheet: Sheet) -> Columns:
    """Columns by field; raises UnusableFile when a required one is missing or doubled."""
    titles = tuple(clean_line(header) for header in sheet.header)
    found: dict[str, list[tuple[int, int]]] = {}
    others: dict[str, int] = {}
    for index, title in enumerate(titles):
        match = _field(kind, title)
        if match is not None:
            found.setdefault(match[0], []).append((match[1], index))
        else:
            _other(others, title, index, sheet)
    of = {}
    for field, places in found.items():
        of[field] = _best(field, sorted(places), titles, others, sheet)
    _require(kind, of, titles)
    return Columns(of, others, titles)


def _field(kind: str, header: str) -> tuple[str, int] | None:
    """The field a header names, and how far down its list the name stands."""
    index = INDEX[kind]
    return index.get(loose(header)) or index.get(loose(BRACKETS.sub("", clean_line(header))))


def _index(names: Names) -> dict[str, tuple[str, int]]:
    index: dict[str, tuple[str, int]] = {}
    for field, aliases in names.items():
        for rank, alias in enumerate((field, *aliases)):
            index.setdefault(loose(alias), (field, rank))
    return index


INDEX = {kind: _index(names) for kind, names in KNOWN.items()}


def _other(others: dict[str, int], title: str, index: int, sheet: Sheet) -> None:
    first = next((row for row in sheet.rows if row.cells[index].strip()), None)
    if first is None:
        return
    if not title:
        sheet.notices.append(
            f"Column {index + 1} has no header and was left out (line {first.line} fills it)."
        )
        return
    name, count = title, 2
    while name in others:
        name, count = f"{title} ({count})", count + 1
    others[name] = index


def _best(
    field: str,
    places: Sequence[tuple[int, int]],
    titles: Sequence[str],
    others: dict[str, int],
    sheet: Sheet,
) -> tuple[int, ...]:
    """The columns to use; a second column of the same name may only repeat the first."""
    ranks = [rank for rank, _ in places]
    for rank in set(ranks):
        same = [index for other, index in places if other == rank]
        _refuse_conflict(field, same, titles, sheet.rows)
    kept = [index for i, (rank, index) in enumerate(places) if rank not in ranks[:i]]
    if field in SEVERAL:
        return tuple(kept)
    for index in kept[1:]:
        _other(others, titles[index], index, sheet)
    return (kept[0],)


def _refuse_conflict(
    field: str, same: Sequence[int], titles: Sequence[str], rows: Sequence[Row]
) -> None:
    for row in rows if len(same) > 1 else ():
        values = [clean_line(row.cells[index]) for index in same]
        if any(value != values[0] for value in values):
            listed = ", ".join(f"{index + 1} ({titles[index]})" for index in same)
            raise UnusableFile(
                f"Columns {listed} are all read as {field} and differ, first in line {row.line}. "
                "Rename or delete all but one."
            )


def _require(kind: str, of: Mapping[str, object], titles: Sequence[str]) -> None:
    present = set(of)
    if kind == "accounts" and "domain" in of:
        present.add("name")  # the rows without a name are refused one by one
    missing = [field for field in REQUIRED[kind] if field not in present]
    if not missing:
        return
    named = [title for title in titles if title]
    found = f"The first row holds: {', '.join(named[:20])}." if named else "Its header is empty."
    raise UnusableFile(
        f"Missing {_plural('header', missing)} for {kind}: {', '.join(missing)}. {found} "
        f"Expected {_expected(kind)}.{_hints(missing, named)}"
    )


def _plural(word: str, things: Sequence[object]) -> str:
    return word if len(things) == 1 else f"{word}s"


def _expected(kind: str) -> str:
    required = REQUIRED[kind]
    optional = [field for field in KNOWN[kind] if field not in required]
    return f"{', '.join(required)} (required); {', '.join(optional)} are known too"


def _hints(missing: Sequence[str], named: Sequence[str]) -> str:
    hints = []
    for field in missing:
        near = closest(loose(field), [loose(title) for title in named], cutoff=75)
        title = next((t for t in named if near and loose(t) == near), None)
        if title:
            hints.append(f" Is “{title}” the {field}? Then rename it.")
    return "".join(hints)


def header_currency(title: str) -> str | None:
    """The currency that a header names, as in “MRR (€)” or “ARR in USD”."""
    for word in re.findall(r"\b[A-Z]{3}\b|[€£₹]", title):
        try:
            return read_currency(word)
        except BadCell:  # ARR and MRR look like codes and are none
            continue
    return None
