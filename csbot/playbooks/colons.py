"""What a YAML error is about: a colon that is missing, often a line or two above where it shows."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SPACES = re.compile("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000]")  # none is YAML's
KEY = re.compile(r"""( *)[\w."'-]+:( |$)""")
BARE = re.compile(r"( *)([A-Za-z_][\w.]*)(:?)(.*)")
OPEN = re.compile(r"( *)[\w.]+:( *[|>].*)?")


class Slip(NamedTuple):
    """Where it is, from 1, and what is said of it."""

    line: int
    column: int
    said: str


def slip(text: str, line: int) -> Slip | None:
    """The likely cause of an error at `line`: in it, or in the first line with words above it."""
    lines = [written.rstrip("\r") for written in text.split("\n")]
    above = (n for n in range(min(line, len(lines)) - 1, 0, -1) if _says(lines[n - 1]))
    for n in [line, *list(above)[:1]]:
        if n <= len(lines) and (found := _space(lines, n) or _colon(lines, n)):
            return found
    return None


def odd_space(name: str) -> str | None:
    """What is said of a name with a blank in it that only looks like one."""
    found = SPACES.search(name)
    if found is None:
        return None
    what = "a no-break space" if found[0] == "\u00a0" else "a blank that is none"
    return f"has {what} (U+{ord(found[0]):04X}) in it; write a plain blank, or none"


def _space(lines: Sequence[str], n: int) -> Slip | None:
    found = SPACES.search(lines[n - 1].partition("#")[0])
    said = odd_space(lines[n - 1])
    return Slip(n, found.start() + 1, f"the line {said}") if found and said else None


def _colon(lines: Sequence[str], n: int) -> Slip | None:
    found = BARE.fullmatch(_flat(lines[n - 1]))
    if found is None:
        return None
    indent, name, colon, rest = found.groups()
    if bool(colon) == (rest[:1] in ("", " ")):  # nothing is missing, or it is no name of a field
        return None
    if not _has_siblings(lines, n, len(indent)):
        return None
    what = f"a blank is missing after `{name}:`" if colon else f"a colon is missing after `{name}`?"
    return Slip(n, len(indent) + 1, what)


def _has_siblings(lines: Sequence[str], n: int, indent: int) -> bool:
    """Keys beside it, or below it, and nothing above that it could be the words of."""
    above = next(_nearby(reversed(lines[: n - 1]), indent), None)
    if (
        above is not None
        and len(above) - len(above.lstrip()) < indent
        and not OPEN.fullmatch(above)
    ):
        return False
    below = next(_nearby(lines[n:], indent), "")
    return any(KEY.match(line or "") for line in (above, below))


def _nearby(lines: "Iterator[str] | Sequence[str]", indent: int) -> Iterator[str]:
    """Lines that are not indented further."""
    for line in lines:
        flat = _flat(line)
        if _says(flat) and len(flat) - len(flat.lstrip()) <= indent:
            yield flat


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _flat(line: str) -> str:
    """What begins a list counts as indentation."""
    return re.sub(r"^( *)((?:- )+)", lambda found: found[1] + " " * len(found[2]), line)
