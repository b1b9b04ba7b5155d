"""An iCalendar file as lines: what belongs to which event, before any of it is understood.

Calendar programs disagree with the standard line by line. What can be put right in a line is put
right here, and an event that is beyond help spoils no other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_FOLDED = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_LINE_END = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"([A-Za-z-]+)(?=[;:])")
_DATES = re.compile(r"(?P<params>.*?):(?P<values>[0-9TZPDHMSW,/+-]*)\"?\s*", re.IGNORECASE)
_TZID = re.compile(r';TZID="?(?P<zone>[^"]*?)"?(?=;[A-Za-z-]+=|$)', re.IGNORECASE)
TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")


class NoCalendar(Exception):
    """Why it is none: a sentence with the mend."""


@dataclass(frozen=True)
class Line:
    """`text` is the whole line without its folds; `name` is in capitals."""

    name: str
    text: str

    @property
    def value(self) -> str:
        return self.text.partition(":")[2].strip()


@dataclass
class Component:
    """One event or zone: its own lines and, in zones, those of what it contains."""

    lines: list[Line] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        return [line.value for line in self.lines if line.name == name]

    def first(self, name: str) -> str:
        return next(iter(self.values(name)), "")

    @property
    def start(self) -> "Times | None":
        return next((times(line) for line in self.lines if line.name == "DTSTART"), None)


@dataclass
class File:
    """`head` are the calendar's own properties, like METHOD and X-WR-TIMEZONE."""

    head: Component = field(default_factory=Component)
    zones: list[Component] = field(default_factory=list)
    events: list[Component] = field(default_factory=list)


@dataclass(frozen=True)
class Times:
    """A line of dates or times, taken apart; `zone` is None where it names none."""

    name: str
    params: str
    zone: str | None
    values: list[str]


def split(raw: bytes) -> File:
    """Raises NoCalendar for anything else, and for one that ends too early."""
    lines = list(_lines(_text(raw)))
    marks = [line.value.upper() for line in lines if line.name in ("BEGIN", "END")]
    if not marks or marks[0] != "VCALENDAR" or lines[0].name != "BEGIN":
        raise NoCalendar("there is no calendar: copy the address that ends in .ics")
    if marks.count("VCALENDAR") % 2 or lines[-1].text.upper() != "END:VCALENDAR":
        raise NoCalendar("the calendar breaks off: it may be better the next time")
    return _sorted(lines)


def times(line: Line) -> Times | None:
    """None when what stands there is no date and no time."""
    found = _DATES.fullmatch(line.text, len(line.name))
    if found is None:
        return None
    zone = _TZID.search(found["params"])
    params = _TZID.sub("", found["params"])
    values = [value for value in found["values"].upper().split(",") if value]
    return Times(line.name, params, zone["zone"] if zone else None, values)


def _text(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def _lines(text: str) -> Iterator[Line]:
    for line in _LINE_END.split(_FOLDED.sub("", text.replace("\0", ""))):
        if name := _NAME.match(line):
            yield Line(name.group(1).upper(), line.rstrip("\r\n "))


def _sorted(lines: list[Line]) -> File:
    """Alarms and other parts of an event are left out; a zone keeps all of its lines."""
    file, open_parts = File(), list[str]()
    here = file.head
    for line in lines:
        part = line.value.upper()
        if line.name == "BEGIN":
            open_parts.append(part)
            if part in ("VEVENT", "VTIMEZONE"):
                here = Component()
                (file.zones if part == "VTIMEZONE" else file.events).append(here)
        if open_parts == ["VCALENDAR"] and line.name not in ("BEGIN", "END"):
            file.head.lines.append(line)
        elif _belongs(line, open_parts):
            here.lines.append(line)
        if line.name == "END" and part in open_parts:
            while open_parts.pop() != part:
                pass
    return file


def _belongs(line: Line, open_parts: list[str]) -> bool:
    if "VTIMEZONE" in open_parts:
        return True
    if line.name in ("BEGIN", "END"):
        return False
    return open_parts[-1:] == ["VEVENT"]
