"""What people type, as we read it: plain quotes, plain blanks, no invisible characters."""

import re

from messages.text import clean, clip

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‘’‚‛′＇", "'"),
    }
)
_MARKS = str.maketrans("", "", "*`")
NUMBER_MAX = 15  # digits
_BLANKS = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\r\f\v]")
_INVISIBLE = re.compile(r"[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Joiners are letters' and emojis' business; beside plain ASCII they are only noise.
_JOINER = re.compile(r"[\u200c\u200d](?![^\x00-\x7f])|(?<![^\x00-\x7f])[\u200c\u200d]")


def normalise(text: str) -> str:
    """As typed on a plain keyboard: smart quotes, odd blanks and zero-width characters replaced."""
    text = _INVISIBLE.sub("", text.translate(_QUOTES))
    return _BLANKS.sub(" ", _JOINER.sub("", text)).strip()


def said(text: str, limit: int = 60) -> str:
    """Somebody's words quoted back in bold, in one line, cut; the reader's screen escapes them."""
    line = " ".join(clean(text).translate(_MARKS).split())
    cut = clip(line, limit)
    closing = ")" * (cut.count("(") - cut.count(")")) if cut != line else ""
    return f"*{cut}{closing}*" if line else "nothing"


def reason(text: str) -> str:
    """What somebody gave as one, without the word that led to it."""
    return re.sub(r"^because(?: of)?\b[:,]?\s*", "", text.strip(), flags=re.IGNORECASE)


def plain(sentence: str) -> str:
    """A refusal without Slack's marks, which neither forms nor terminals draw."""
    return sentence.translate(_MARKS)


def for_terminal(sentence: str) -> str:
    """As `plain`, without a command that no shell knows."""
    return plain(re.sub(r" `/cs [^`]*` lists your own\.", "", sentence))


def number(text: str) -> int | None:
    """A whole number in plain figures, as people type and buttons carry it; None for all else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_MAX else None


def unquoted(text: str) -> str:
    """Without the quotes around the whole of it; those around a part of it stay."""
    inner = text[1:-1]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in inner:
        return inner.strip()
    return text


def first_word(text: str) -> tuple[str, str]:
    """The first word and what follows it."""
    head, rest = [*text.split(maxsplit=1), "", ""][:2]
    return head, rest.strip()
