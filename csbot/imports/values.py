"""Single cells to values that are neither text, dates nor money."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from csbot import clock
from csbot.imports.errors import BadCell, shorten
from csbot.imports.words import ascii_digits, clean_line

LONGEST_EMAIL = 254
LONGEST_LABEL = 63
ANGLED = re.compile(r"^[^<>]*<([^<>]+)>$")
LOCAL_PART = re.compile(r"\w[^\s@<>()\[\],;:\"\\]{0,63}")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)

TRUE = frozenset(["true", "yes", "y", "1", "x", "on", "wahr", "ja", "j", "t"])
FALSE = frozenset(["false", "no", "n", "0", "off", "falsch", "nein", "f"])


def read_email(cell: str) -> str:
    """One address in lower case, out of whatever a CRM has wrapped around it."""
    text = clean_line(cell).replace("\u200d", "").replace("\u200c", "")
    angled = ANGLED.match(text)
    text = (angled[1] if angled else text).strip().strip("'\"")
    text = re.sub(r"^mailto: *", "", text, flags=re.IGNORECASE).partition("?")[0]
    if text.count("@") > 1:
        raise BadCell(f"“{shorten(cell)}” holds more than one address; keep one in the cell.")
    local, at, host = text.lower().partition("@")
    if not at or not LOCAL_PART.fullmatch(local) or local.strip(".") != local or ".." in local:
        raise BadCell(f"“{shorten(cell)}” is not an e-mail address; write it like ann@acme.com.")
    try:
        address = f"{local}@{_host(host)}"
    except ValueError as error:
        raise BadCell(
            f"“{shorten(cell)}” is not an e-mail address; write it like ann@acme.com."
        ) from error
    if len(address) > LONGEST_EMAIL:
        raise BadCell(f"the address has {len(address)} characters, at most {LONGEST_EMAIL} fit.")
    return address


def read_domain(cell: str) -> str:
    """The bare host in lower case, ASCII (punycode), without scheme, port, path and www."""
    text = SCHEME.sub("", clean_line(cell).lower().removeprefix("mailto:"))
    host = re.split(r"[/?#]", text, maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".").removeprefix("www.")
    try:
        return _host(host)
    except ValueError as error:
        raise BadCell(f"“{shorten(cell)}” is not a domain; write it like acme.com.") from error


def _host(text: str) -> str:
    labels = [_label(label) for label in text.strip().rstrip(".").split(".")]
    if len(labels) < 2 or labels[-1].isdigit() or sum(map(len, labels)) > 250:
        raise ValueError(text)
    return ".".join(labels)


def _label(label: str) -> str:
    encoded = label if label.isascii() else _punycode(label)
    if len(encoded) > LONGEST_LABEL or not LABEL.fullmatch(encoded):
        raise ValueError(label)
    return encoded


def _punycode(label: str) -> str:
    if not all(char.isalnum() or char in "-_" or not char.isascii() for char in label):
        raise ValueError(label)
    if any(not char.isalnum() and not char.isascii() and not char.isprintable() for char in label):
        raise ValueError(label)
    return "xn--" + label.encode("punycode").decode("ascii")


def read_flag(cell: str) -> bool:
    word = clean_line(cell).casefold()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadCell(f"“{shorten(cell)}” is neither yes nor no; write true or false.")


def read_choice(cell: str, choices: Iterable[str], also: Mapping[str, str] | None = None) -> str:
    """One of the choices, however it is cased or joined; `also` maps other words to a choice."""
    known = {loose(choice): choice for choice in choices}
    word = loose(cell)
    if word in known:
        return known[word]
    other = {loose(name): choice for name, choice in (also or {}).items()}
    if word in other:
        return other[word]
    hint = closest(word, [*known, *other])
    meant = f"; did you mean {known.get(hint) or other[hint]}?" if hint else "."
    raise BadCell(f"“{shorten(cell)}” is not one of {', '.join(known.values())}{meant}")


def read_score(cell: str, *, low: int, high: int) -> int:
    """A whole score in its scale; 9/10 is 9 where 10 is the top, other fractions are refused."""
    text = ascii_digits(clean_line(cell))
    match = re.fullmatch(r"(-?\d{1,4})(?:[.,]0+)?(?: ?(?:/|of) ?(\d{1,4}))?", text)
    if match is None or (match[2] and int(match[2]) != high):
        raise BadCell(f"“{shorten(cell)}” is not a score; write a whole number, {low} to {high}.")
    score = int(match[1])
    if not low <= score <= high:
        raise BadCell(f"{score} is not on the scale; it goes from {low} to {high}.")
    return score


def read_zone(cell: str) -> str:
    """An IANA name; names that other programs use are answered with the one to write."""
    text = clean_line(cell).replace(" ", "_")
    exact = _zones().get(text.casefold())
    if exact is not None:
        return exact
    hint = _zone_hint(clean_line(cell))
    meant = f"; write {hint}." if hint else "; write it like Europe/Berlin."
    raise BadCell(f"“{shorten(cell)}” is not a time zone name{meant}")


@cache
def _zones() -> dict[str, str]:
    """Names by their folded spelling; abbreviations without summer time are left out."""
    fixed = {"EST", "MST", "HST", "CET", "MET", "EET", "WET", "EST5EDT", "CST6CDT"}
    return {
        name.casefold(): name
        for name in clock.zones() - fixed - {"MST7MDT", "PST8PDT", "localtime", "Factory"}
        if not name.startswith(("Etc/GMT", "posix/", "right/", "SystemV/"))
    }


USUAL = {
    "est": "America/New_York",
    "edt": "America/New_York",
    "et": "America/New_York",
    "eastern": "America/New_York",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "ct": "America/Chicago",
    "central": "America/Chicago",
    "mst": "America/Denver",
    "mountain": "America/Denver",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "cet": "Europe/Berlin",
    "cest": "Europe/Berlin",
    "mez": "Europe/Berlin",
    "bst": "Europe/London",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "aest": "Australia/Sydney",
}


def _zone_hint(text: str) -> str | None:
    word = re.sub(r"\(.*?\)", "", text).casefold().strip()
    first = word.removesuffix(" time").removesuffix(" standard")
    if first in USUAL:
        return USUAL[first]
    windows = _windows_zones().get(word)
    if windows:
        return windows
    cities = {name.rpartition("/")[2]: full for name, full in _zones().items()}
    city = word.replace(" ", "_")
    return cities.get(city) or _near_city(city, cities)


def _near_city(city: str, cities: Mapping[str, str]) -> str | None:
    near = closest(city, cities, cutoff=80)
    return cities[near] if near else None


@cache
def _windows_zones() -> dict[str, str]:
    from babel.core import get_global

    return {name.casefold(): zone for name, zone in get_global("windows_zone_mapping").items()}


def loose(text: str) -> str:
    """Letters and digits only, folded: how names of headers and choices are compared."""
    return "".join(char for char in clean_line(text).casefold() if char.isalnum())


def closest(word: str, among: Iterable[str], cutoff: float = 65) -> str | None:
    """The most similar of the names, or None if none is near."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(word, list(among), scorer=fuzz.ratio, score_cutoff=cutoff)
    return found[0] if found else None
