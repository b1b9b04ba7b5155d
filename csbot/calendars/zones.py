"""Which time zone a calendar means by a name: programs write it in a dozen ways."""

import re
from collections.abc import Iterable
from datetime import tzinfo
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone import tzp
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from csbot import clock
from csbot.calendars.lines import Component

LINES_MAX = 1000  # of one definition; the longest that exist have some hundreds
DEFINED_MAX = 20  # with names that nobody knows; each may take a second to work out
_OFFSET = re.compile(r"(?:UTC|GMT) ?([+-])(\d{1,2})(?::?00)?\b", re.IGNORECASE)
_AMERICAN = {
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "atlantic time": "America/Halifax",
}
BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


class Zones:
    """Those of one file. `of(name)` is the name and the zone to read its times in.

    A known name counts more than the file's own rules for it, which are often shortened. Whoever
    makes one must have the iCalendar library for himself: it keeps zones for the whole process.
    """

    def __init__(self, defined: Iterable[Component], default: ZoneInfo) -> None:
        tzp.use_default()  # forgets the zones of the file before
        self._default = default
        self._defined: dict[str, tuple[str, tzinfo]] = {}
        unknown = (one for one in defined if not _known(_plain(one.first("TZID"))))
        for component in islice(unknown, DEFINED_MAX):
            self._define(component)

    @property
    def default(self) -> tuple[str, tzinfo]:
        return self._default.key, self._default

    def of(self, name: str | None) -> tuple[str, tzinfo]:
        if not name:
            return self.default
        plain = _plain(name)
        if known := _known(plain):
            return known, ZoneInfo(known)
        if plain in self._defined:
            return self._defined[plain]
        guessed = _guessed(plain)
        return (guessed, ZoneInfo(guessed)) if guessed else self.default

    def _define(self, component: Component) -> None:
        """Under a name of our own, so that it is no other file's and no program's."""
        name = _plain(component.first("TZID"))
        rules = component.values("RRULE")
        harmless = all("FREQ=YEARLY" in rule.upper() for rule in rules)
        if not harmless or len(component.lines) > LINES_MAX:
            return
        own = f"csbot-{len(self._defined) + 1}"
        lines = [f"TZID:{own}" if x.name == "TZID" else x.text for x in component.lines]
        try:
            made = Timezone.from_ical("\r\n".join(lines))
            tzp.cache_timezone_component(made)
            zone = tzp.timezone(own)
        except BROKEN:  # rules that begin in the year 1, or that are none
            return
        if zone is not None:
            self._defined[name] = own, zone


def _plain(name: str) -> str:
    return name.replace("\\", "").strip(' "').removeprefix("TZID=")


def _known(name: str) -> str | None:
    """The zone that is called so, here, at Microsoft, or behind a maker's prefix."""
    if name in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[name]
    parts = name.strip("/").split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((tail for tail in tails if tail in clock.zones()), None)


def _guessed(name: str) -> str | None:
    """From `(GMT+10:00) Canberra, Melbourne, Sydney`: its cities, else how far it is from UTC."""
    words = re.sub(r"\([^)]*\)", "", name)
    for city in words.split(","):
        if found := _cities().get(city.strip().replace(" ", "_").casefold()):
            return found
    american = _AMERICAN.get(words.strip().casefold())
    offset = _OFFSET.search(name)
    return american or (_fixed(offset) if offset else None)


def _fixed(offset: re.Match[str]) -> str | None:
    """Zones with a fixed offset are called by its opposite: Etc/GMT-1 is an hour east."""
    hours = int(offset[2])
    name = f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "Etc/GMT"
    return name if name in clock.zones() else None


@cache
def _cities() -> dict[str, str]:
    found = sorted(name for name in clock.zones() if "/" in name and not name.startswith("Etc/"))
    return {name.rpartition("/")[2].casefold(): name for name in found}
