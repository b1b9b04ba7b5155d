"""Text that Slack may show: escaped, cut to length, with money and times as people read them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_symbol

ZERO_WIDTH_SPACE = "\u200b"
# Control characters but line breaks, lone surrogates, and what changes the direction of writing.
_HIDDEN = (
    r"\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff"
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
)
_UNSEEN = re.compile(f"[{_HIDDEN}]")
# Slack takes a mark for layout at the edge of a word, and makes an edge of a zero-width space: only
# another character, which looks alike, ends that. An underscore amid a word stays to be copied.
_LAYOUT = re.compile(r"[*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ALIKE = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
_SPECIAL = re.compile(f"[{_HIDDEN}&<>*_~`]")
_DANGLING = " \n.,:…(“‘–-"  # a semicolon ends an entity
_STOPS = re.compile(r"(…\*?|[?!]|(?<=[\w)”%>])\.(?:\.\.)?)\.(?=[\s*~]|$)")
_QUOTE = re.compile(r"(?m)^(?=&gt;)")


class Mrkdwn(str):
    """Text that is already safe to put into a Slack message."""

    __slots__ = ()


@dataclass(frozen=True)
class Person:
    """Somebody of the team; without a Slack id they are named, not mentioned."""

    name: str
    slack_id: str | None = None


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str = "USD"


def clean(text: str) -> str:
    """Without control characters and direction overrides; line breaks stay."""
    return _UNSEEN.sub("", text)


def escape(value: object) -> Mrkdwn:
    """Any value as Slack text; what customers wrote cannot ping, link or break the layout."""
    if isinstance(value, Mrkdwn):
        return value
    if isinstance(value, Person):
        return escape(value.name)
    if isinstance(value, Money):
        return Mrkdwn(short_money(value))
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return Mrkdwn(day(value))
    plain = str(value)
    if not _SPECIAL.search(plain):  # as most values are: one look instead of six
        return Mrkdwn(plain)
    text = clean(plain).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _LAYOUT.sub(lambda mark: _ALIKE[mark.group()], text)
    return Mrkdwn(_QUOTE.sub(ZERO_WIDTH_SPACE, text))


def lightly(text: str) -> Mrkdwn:
    """A sentence of our own that quotes what its only reader wrote: our emphasis stays."""
    return Mrkdwn(clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def length(text: str) -> int:
    """In UTF-16 units, the larger of the two ways in which Slack may count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    """At most `limit` long, cut at a word, never inside an entity or a Slack token.

    A quotation that is cut is closed.
    """
    if 2 * len(text) <= limit or length(text) <= limit:  # no character counts more than twice
        return text
    room = limit - 1 - ("“" in text)
    cut = text.encode("utf-16-le")[: 2 * max(room, 0)].decode("utf-16-le", "ignore")
    for opening, closing in (("<", ">"), ("&", ";")):
        start = cut.rfind(opening)
        if start >= 0 and closing not in cut[start:] and len(cut) - start < 200:
            cut = cut[:start]
    space = cut.rfind(" ")
    cut = (cut[:space] if space > limit / 2 else cut).rstrip(_DANGLING)
    return cut + ("…”" if cut.count("“") > cut.count("”") else "…")


def one_stop(text: str) -> str:
    """Our full stop after a value that has its own end is one too many."""
    return _STOPS.sub(r"\1", text)


def one_line(value: object, limit: int) -> Mrkdwn:
    """As `escape`, without line breaks and cut: for a name amid a line of ours."""
    plain = value if isinstance(value, Mrkdwn | Person | Money | date) else str(value)
    text = " ".join(escape(plain).split())
    return Mrkdwn(clip(text, limit))


def mention(person: Person) -> Mrkdwn:
    """Pings them: use it once a message, for whoever is expected to act."""
    return Mrkdwn(f"<@{person.slack_id}>") if person.slack_id else escape(person.name)


def instant(value: datetime, form: str = "{date_short_pretty} at {time}") -> Mrkdwn:
    """A moment, shown by Slack in the reader's zone, with a UTC fallback."""
    fallback = f"{value.astimezone(UTC):%d %b %Y %H:%M} UTC"
    return Mrkdwn(f"<!date^{int(value.timestamp())}^{form}|{fallback}>")


def clock_time(value: datetime) -> Mrkdwn:
    return instant(value, "{time}")


def day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def short_day(value: date) -> str:
    return f"{value.day} {value:%b}"


def near_day(value: date, today: date) -> str:
    """10 Dec, with the year where it is not this one."""
    return short_day(value) if value.year == today.year else day(value)


def day_in(value: date, days: int) -> str:
    """The same, of a day that is so many days ahead, or behind where they are negative."""
    return near_day(value, value - timedelta(days=days))


def short_money(value: Money) -> str:
    """$120k, $1.2M, €950: rounded to what matters."""
    amount = value.amount
    for size, suffix in ((Decimal(1_000_000), "M"), (Decimal(1_000), "k")):
        if abs(amount) >= size - size / 2000:  # what rounds to a thousand k is a million
            scaled = (amount / size).quantize(Decimal("0.1") if suffix == "M" else Decimal(1))
            return _with_symbol(f"{scaled.normalize():,f}{suffix}", value.currency)
    return _with_symbol(f"{amount.quantize(Decimal(1)):f}", value.currency)


def full_money(value: Money) -> str:
    """$48,000 in full, with cents only where there are any."""
    places = "0" if value.amount == value.amount.to_integral_value() else "2"
    return _with_symbol(f"{value.amount:,.{places}f}", value.currency)


@cache
def _symbol(currency: str) -> str:
    return str(get_currency_symbol(currency, locale="en_US"))


def _with_symbol(figure: str, currency: str) -> str:
    symbol = _symbol(currency)
    sign, digits = ("-", figure[1:]) if figure.startswith("-") else ("", figure)
    return f"{sign}{symbol}{digits}" if len(symbol) < 3 else f"{sign}{digits} {symbol}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 day, 2 days."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(words: list[str], most: int = 3) -> str:
    """Ann, Max and 4 more."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def percent(part: Decimal | int, whole: Decimal | int) -> str:
    return f"{round(100 * part / whole)} %" if whole else "0 %"
