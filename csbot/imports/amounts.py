"""Amounts of money from cells, without guessing what “2.000” means."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from functools import cache

from csbot.imports.errors import BadCell, shorten
from csbot.imports.words import SHEET_ERRORS, ascii_digits, clean_line, short_line

CENT = Decimal("0.01")
MOST = Decimal("1000000000000")
DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD")
SYMBOLS: dict[str, tuple[str, ...]] = {
    "US$": ("USD",),
    "A$": ("AUD",),
    "C$": ("CAD",),
    "CA$": ("CAD",),
    "NZ$": ("NZD",),
    "R$": ("BRL",),
    "$": DOLLARS,
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₩": ("KRW",),
    "₽": ("RUB",),
    "₺": ("TRY",),
    "₴": ("UAH",),
    "zł": ("PLN",),
    "Kč": ("CZK",),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "kr.": ("DKK", "NOK", "SEK", "ISK"),
    "Fr.": ("CHF",),
    "SFr.": ("CHF",),
}
UNCLEAR = frozenset({"kr", "kr.", "¥"})

SCALED = re.compile(r"\d ?(k|m|mn|mio\.?|bn|tsd\.?|t€|mrd\.?)$", re.IGNORECASE)
SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,3})", re.IGNORECASE)
MOST_EXPONENT = 10  # from 1E+11 on it is a spreadsheet that has dropped digits
IN_BRACKETS = re.compile(r"^(.*\d.*?) *\([A-Z]{3} [^()]*\)$")
NEGATIVE_BRACKETS = re.compile(r"^\((.*)\)$")
SPACED = re.compile(r"(\d{1,3}(?:([ '’])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?")
PLAIN = re.compile(r"\d+")
GROUPED = {
    mark: re.compile(
        rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+|\d{{1,2}}(?:{re.escape(mark)}\d\d)+{re.escape(mark)}\d{{3}}"
    )
    for mark in ".,"
}
OTHER = {".": ",", ",": "."}


class Mark(Enum):
    """What stands before the cents; the name is the flag's value."""

    DOT = "."
    COMMA = ","

    @property
    def flag(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Amount:
    value: Decimal
    currencies: tuple[str, ...]  # what the cell's own symbol may stand for; () without one
    unclear: bool = False  # the symbol alone does not say which


def settle_mark(cells: Iterable[str]) -> Mark | None:
    """The decimal mark that rows of the column prove; None if none does or both are in use."""
    proofs = {proof for cell in cells if (proof := _proof(cell)) is not None}
    return proofs.pop() if len(proofs) == 1 else None


def read_amount(cell: str, mark: Mark | None, *, told: bool = False) -> Amount:
    """Money rounded to cents, with the currency that the cell itself names.

    Thousandths are believed only where somebody has `told` the mark: else they are thousands that
    stand in the wrong column.
    """
    text, negative = _sign(_tidy(cell))
    number, found, unclear = _currency(text)
    number, more = _sign(number)
    if mark is not None and not told and mark.value in number and _mark_of(number) is None:
        raise BadCell(_misfit(cell, mark))
    value = _number(number, mark, cell)
    if value >= MOST:
        raise BadCell(f"“{shorten(cell)}” is more than any contract; check the number.")
    signed = -value if negative or more else value
    return Amount(signed.quantize(CENT, ROUND_HALF_EVEN), found, unclear)


def read_whole(cell: str, *, low: int, high: int, what: str) -> int:
    """A whole number in a range; 12 and 12.0 are the same."""
    text = ascii_digits(clean_line(cell))
    if not re.fullmatch(r"-?\d{1,9}(?:[.,]0+)?", text):
        raise BadCell(f"“{shorten(cell)}” is not a whole number; {what} is {low} to {high}.")
    number = int(re.split(r"[.,]", text)[0])
    if not low <= number <= high:
        raise BadCell(f"{number} is out of range; {what} is {low} to {high}.")
    return number


def read_currency(cell: str) -> str:
    """An ISO 4217 code, from the code itself or from a symbol that has one meaning."""
    text = clean_line(cell)
    code = text.upper()
    if code in _codes():
        return code
    meanings = SYMBOLS.get(text, ())
    if len(meanings) == 1:
        return meanings[0]
    raise BadCell(f"“{shorten(cell)}” is not a currency code; write it like EUR or USD.")


@cache
def _codes() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


def _tidy(cell: str) -> str:
    text = ascii_digits(short_line(cell)).replace("\u2212", "-")
    return IN_BRACKETS.sub(r"\1", text)


def _sign(text: str) -> tuple[str, bool]:
    brackets = NEGATIVE_BRACKETS.match(text)
    if brackets:
        return brackets[1].strip(), True
    if text.startswith("-"):
        return text[1:].strip(), True
    if text.endswith("-"):
        return text[:-1].strip(), True
    return text.removeprefix("+").strip(), False


def _currency(text: str) -> tuple[str, tuple[str, ...], bool]:
    first = next((i for i, char in enumerate(text) if char.isdigit()), len(text))
    last = next((i for i in range(len(text), 0, -1) if text[i - 1].isdigit()), 0)
    before, after = text[:first].rstrip(), text[last:].lstrip()
    before, after = before.removesuffix("-").rstrip() if before != "-" else before, after
    for word in (before, after):
        meanings = _meanings(word)
        if meanings and (before == "" or after == ""):
            sign = "-" if text[:first].rstrip().endswith("-") else ""
            return sign + text[first:last], meanings, word in UNCLEAR
    return text, (), False


def _meanings(word: str) -> tuple[str, ...]:
    if word in SYMBOLS:
        return SYMBOLS[word]
    return (word.upper(),) if len(word) == 3 and word.upper() in _codes() else ()


def _number(text: str, mark: Mark | None, cell: str) -> Decimal:
    scientific = SCIENTIFIC.fullmatch(text)
    if scientific:
        return _unfolded(scientific, cell)
    if PLAIN.fullmatch(text):
        return Decimal(text)
    spaced = SPACED.fullmatch(text)
    if spaced:
        whole = spaced[1].replace(spaced[2], "")
        return _joined(whole, spaced[3], spaced[4] or "", mark, cell)
    if not text or text.strip("0123456789.,") or not text[0].isdigit():
        raise BadCell(_no_number(text, cell))
    return _marked(text, mark, cell)


def _marked(text: str, mark: Mark | None, cell: str) -> Decimal:
    last = max(text, key=lambda char: text.rfind(char) if char in ".," else -1)
    whole, _, rest = text.rpartition(last)
    proof = _mark_of(text)
    if proof is None:
        proof = mark
        if proof is None:
            raise BadCell(
                f"“{shorten(cell)}” can be read two ways and no row of the column settles it; "
                "run again with --numbers dot or --numbers comma (what stands before the cents)."
            )
    if proof.value == last and text.count(last) == 1:
        group = OTHER[last]
        if group in whole and not GROUPED[group].fullmatch(whole):
            raise BadCell(_no_number(text, cell))
        return _joined(whole.replace(group, ""), last, rest, mark, cell)
    if not GROUPED[last].fullmatch(text):
        raise BadCell(_no_number(text, cell))
    if mark is not None and mark.value == last:
        raise BadCell(_misfit(cell, mark))
    return Decimal(text.replace(last, ""))


def _joined(whole: str, used: str | None, rest: str, mark: Mark | None, cell: str) -> Decimal:
    if used is not None and mark is not None and mark.value != used:
        raise BadCell(_misfit(cell, mark))
    return Decimal(f"{whole}.{rest}" if rest else whole)


def _misfit(cell: str, mark: Mark) -> str:
    return (
        f"“{shorten(cell)}” does not fit the column, whose cents stand after a "
        f"{mark.flag}; write it the same way."
    )


def _proof(cell: str) -> Mark | None:
    number, _, _ = _currency(_sign(_tidy(cell))[0])
    text = _sign(number)[0]
    spaced = SPACED.fullmatch(text)
    if spaced:
        return Mark(spaced[3]) if spaced[3] else None
    if not text or text.strip("0123456789.,") or not text[0].isdigit():
        return None
    return _mark_of(text)


def _mark_of(text: str) -> Mark | None:
    """The decimal mark that this number alone proves."""
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return Mark.DOT if text.rfind(".") > text.rfind(",") else Mark.COMMA
    used = "." if dots else ","
    if dots + commas == 0:
        return None
    if dots + commas > 1:
        return Mark(OTHER[used])
    whole, _, rest = text.partition(used)
    could_group = len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return None if could_group else Mark(used)


def _unfolded(match: re.Match[str], cell: str) -> Decimal:
    exponent = int(match[3])
    value = Decimal(f"{match[1]}.{match[2] or '0'}").scaleb(min(exponent, 99))
    if exponent > MOST_EXPONENT:
        raise BadCell(f"“{shorten(cell)}” has lost digits in a spreadsheet; write it in full.")
    return value


def _no_number(text: str, cell: str) -> str:
    if SCALED.search(text):
        return f"“{shorten(cell)}” is abbreviated; write it in full, like 48000."
    if SHEET_ERRORS.match(text):
        return f"“{shorten(cell)}” is an error of the spreadsheet; put the amount there."
    return f"“{shorten(cell)}” is not an amount; write it like 48000 or 48000.50."
