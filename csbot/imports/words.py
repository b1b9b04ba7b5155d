"""Text of cells: blanks that are not blanks, words that mean nothing, lengths."""

import re
import unicodedata

from csbot.imports.errors import BadCell, shorten

# Zero-width blanks, joiners without a letter, marks of direction: invisible, and enough to
# make two equal names differ. The joiners of emoji and Persian (200C, 200D) stay.
INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x061C)) | dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
BLANKS = re.compile(r"\s+")
EMPTY = frozenset({"", "-", "–", "—", ".", "n/a", "n.a.", "#n/a", "n/v", "null", "(null)"})
NOTHING = EMPTY | {"na", "none", "nil", "undefined", "\\n", "k.a.", "(blank)", "(empty)"}
SHEET_ERRORS = re.compile(r"^(#{3,}|#(REF|VALUE|NAME|DIV/0|NUM|NULL|BEZUG|WERT)[!?])")
SHORT_WORD = 12
LONGEST_NUMBER = 80


def clean_line(cell: str) -> str:
    """One line, composed (NFC), without invisible characters; every kind of blank is a blank."""
    if cell.isascii() and cell.isprintable():
        return BLANKS.sub(" ", cell).strip()
    text = unicodedata.normalize("NFC", cell).translate(INVISIBLE)
    return BLANKS.sub(" ", text).strip()


def short_line(cell: str) -> str:
    """The cell for patterns that would take ages over a text; nothing if it is one."""
    line = clean_line(cell)
    return line if len(line) <= LONGEST_NUMBER else ""


def clean_lines(cell: str) -> str:
    """Like `clean_line`, but the breaks between lines stay."""
    text = unicodedata.normalize("NFC", cell).translate(INVISIBLE)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def ascii_digits(text: str) -> str:
    """Decimal digits of any script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def is_nothing(cell: str, *, text: bool = False) -> bool:
    """Words for an empty cell; in `text`, where NA and None may be meant, only the plain ones."""
    if len(cell) > SHORT_WORD and not cell.isspace():
        cell = clean_line(cell)
    if len(cell) > SHORT_WORD:
        return False
    return clean_line(cell).casefold() in (EMPTY if text else NOTHING)


def read_text(cell: str, *, limit: int, lines: bool = False) -> str:
    """The cell as text; formulas, markup and odd scripts stay what they are: text."""
    text = clean_lines(cell) if lines else clean_line(cell)
    bad = next(
        (char for char in text if unicodedata.category(char) == "Cc" and char not in "\n\t"), None
    )
    if bad is not None:
        raise BadCell(f"it holds the control character U+{ord(bad):04X}; delete it.")
    if SHEET_ERRORS.match(text):
        raise BadCell(f"“{shorten(text)}” is an error of the spreadsheet; put the value there.")
    if len(text) > limit:
        raise BadCell(f"it has {len(text):,} characters, at most {limit:,} fit.")
    return text


LOST_DIGITS = re.compile(r"\d[.,]\d+E\+?\d+|\d+E\+\d+", re.IGNORECASE)
ZEROED = re.compile(r"\d{15}0{2,}")


def read_id(cell: str, *, limit: int = 200) -> str:
    """An id as text, its zeros and its case kept; refused where a spreadsheet has cut it."""
    text = read_text(cell, limit=limit)
    if LOST_DIGITS.fullmatch(text) or ZEROED.fullmatch(text):
        raise BadCell(
            f"a spreadsheet has cut this id to {text}; format the column as text and "
            "export it again."
        )
    return text
