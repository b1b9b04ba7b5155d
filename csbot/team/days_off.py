"""Public holidays, by country: which days nobody there works. Reckoned, never asked of a server."""

import re
from datetime import date
from functools import cache

from csbot.errors import Refused
from csbot.words import said

CLOSE = 75
_OTHER = {"UK": "GB", "ENGLAND": "GB-ENG", "SCOTLAND": "GB-SCT", "WALES": "GB-WLS", "USA": "US"}


def is_day_off(country: str | None, day: date) -> bool:
    """Whether it is a public holiday there; nowhere it is none."""
    return country is not None and day in _of_year(country, day.year)


@cache
def _of_year(country: str, year: int) -> frozenset[date]:
    """Read once for all who live there: the tables take longer to load than a year to reckon."""
    import holidays

    code, _, part = country.partition("-")
    try:
        return frozenset(holidays.country_holidays(code, subdiv=part or None, years=year))
    except NotImplementedError:  # a country that a newer version of the tables knows no more
        return frozenset()


def read_country(text: str) -> str:
    """What is stored, like DE or DE-BY, of a code or a name; Refused with what may be meant."""
    name = " ".join(re.sub(r"[-_\s]+", " ", text).upper().split())
    if name in _names():
        return _names()[name]
    written = name.replace(" ", "-")
    code, _, part = _OTHER.get(written, written).partition("-")
    if code not in _names().values():
        raise Refused(f"I know no country {said(text)}{_meant(name)}", field="country")
    if part and part not in _parts(code):
        some = ", ".join(f"`{code}-{one}`" for one in _parts(code)[:5])
        hint = f"Write `{code}`" + (f", or a part of it like {some}." if some else ".")
        raise Refused(f"{code} has no part {said(part)}. {hint}", field="country")
    return f"{code}-{part}" if part else code


def _meant(name: str) -> str:
    from rapidfuzz import fuzz, process

    found = process.extractOne(name, list(_names()), scorer=fuzz.ratio, score_cutoff=CLOSE)
    if found is None:
        return ". Write its code of two letters, like `DE`, or `DE-BY` for a part of it."
    return f"; did you mean {found[0].title()} (`{_names()[found[0]]}`)?"


@cache
def _names() -> dict[str, str]:
    """GERMANY is DE."""
    from holidays.registry import COUNTRIES

    return {name.replace("_", " ").upper(): codes[1] for name, codes in COUNTRIES.items()}


@cache
def _parts(code: str) -> list[str]:
    import holidays

    return sorted(part for part in holidays.country_holidays(code).subdivisions if part.isupper())
