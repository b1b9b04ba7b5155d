"""A customer's own words in a message: without markup, quoted mail and signature. Pure."""

import re
from html import unescape

LONGEST = 10_000
_MARKUP = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_UNSAID = re.compile(r"<(blockquote|style|script)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^<>]*>", re.IGNORECASE)
# What mail programs write above the mail that is answered.
_QUOTES_BEGIN = re.compile(
    r"-{2,} ?(?:original message|forwarded message|ursprüngliche nachricht)"
    r"|##- .*reply above this line|_{10,}$|--$"
    r"|(?:on|am|le|el|op) .{5,200}(?:wrote|schrieb.{0,100}|écrit|escribió|schreef.{0,100}) ?:$"
    r"|(?:from|von|de): .{1,200}$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:many |with )?thanks(?: in advance| again)?|thank you(?: in advance)?|cheers|sincerely"
    r"|(?:best|kind|warm)(?: (?:regards|wishes))?|regards|yours \w+)[\s,.!]*",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """As a person reads it; text without markup stays as it is."""
    text = text[:LONGEST]
    if _MARKUP.search(text):
        text = _MARKUP.sub("", _BREAK.sub("\n", _UNSAID.sub("\n", text)))
    return unescape(text).replace("\r\n", "\n").strip()


def own_words(text: str) -> str:
    """Up to where quoted mail or the signature begins."""
    kept: list[str] = []
    for line in (line.strip() for line in plain(text).split("\n")):
        if _QUOTES_BEGIN.match(line) or (any(kept) and _CLOSING.fullmatch(line)):
            break
        if not line.startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()
