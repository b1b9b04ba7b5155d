"""What a calendar's title and description say, as plain text: no markup, no dial-in notes."""

import re
from html.parser import HTMLParser

from csbot.inbox.fields import storable
from csbot.meetings.reading import KINDS
from csbot.meetings.rules import AGENDA_MAX, TITLE_MAX

READ_MAX = 20_000  # characters of a description that are looked at
_CANCELLED = re.compile(
    r"\s*(cancell?ed|abgesagt|annul[ée]e?|cancelad[oa]|annullat[oa]|geannuleerd|odwołan[eoay]|"
    r"inställ[td]|avlyst|aflyst|peruutettu|отменено|キャンセル(済み)?|已取消)\s*[:：]",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<(?:br|p|div|html|body|a|b|i|u|ul|ol|li|span|table|h\d|script|style)\b[^<>]*>", re.IGNORECASE
)
_RULE = re.compile(r"\s*(?:[_\-=~*─━.]{8,}|-::~[:~]*::-)\s*")
# Whole tags are all that the parser gets: it gives up at odd declarations, and looks for the end
# of what is open at each place anew, which takes half a minute where thousands are.
_ASIDE = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>", re.DOTALL)
_LOOSE = re.compile(r"<(?!/?[a-z][^<>]*>)", re.IGNORECASE)
_DIAL_IN = re.compile(
    r"join (?:the |your |a )?(?:\w+ )?meeting|microsoft teams|teams meeting|"
    r"meeting id\b|passcode\b|is inviting you to a scheduled zoom|join zoom|google meet|join with|"
    r"one tap mobile|dial[- ]in|or dial:|more phone numbers|"
    r"dial by your location|find (?:your|a) local number|phone conference id|video call link|"
    r"meeting options|join on your computer|webex|please do not edit this section|"
    r"https?://(?:[\w.-]*\.)?(?:zoom\.us|meet\.google\.com|teams\.microsoft\.com|teams\.live\.com|"
    r"webex\.com|whereby\.com|gotomeet\.me|gotomeeting\.com)/",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+(]?[\d ()#,.*+-]{7,}(?:\s*[\w,() #-]{0,40})?")
_LINE_TAGS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "ul", "ol"}
_UNSEEN_TAGS = {"script", "style", "head", "title"}


def title(text: str) -> str:
    """On one line; a meeting without a title is a meeting."""
    return " ".join(storable(text).split())[:TITLE_MAX] or "Meeting"


def says_cancelled(text: str) -> bool:
    """Outlook tells a cancellation only before the title, in the mailbox's language."""
    return _CANCELLED.match(text) is not None


def kind_of(text: str) -> str:
    """The kind that a title names: `Acme QBR` is one."""
    low = text.casefold()
    named = (kind for written, kind in KINDS.items() if re.search(rf"\b{written}\b", low))
    return next(named, "meeting")


def agenda(text: str) -> str | None:
    """What the meeting is about. How to join it is left out: it is in everybody's calendar."""
    plain = storable(text[:READ_MAX])
    if _MARKUP.search(plain):
        plain = _without_markup(plain)
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    kept = "\n".join(line for line in lines if not _is_noise(line))
    return re.sub(r"\n{3,}", "\n\n", kept).strip()[:AGENDA_MAX] or None


def _is_noise(line: str) -> bool:
    if not line:
        return False
    return bool(_RULE.fullmatch(line) or _DIAL_IN.search(line) or _NUMBER.fullmatch(line))


def _without_markup(text: str) -> str:
    reader = _Text()
    reader.feed(_LOOSE.sub("&lt;", _ASIDE.sub("", text)))
    reader.close()
    return "".join(reader.parts)


class _Text(HTMLParser):
    """What a browser would show of it."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _LINE_TAGS:
            self.parts.append("\n- " if tag == "li" else "\n")
        self._unseen += tag in _UNSEEN_TAGS

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div", "ul", "ol"):
            self.parts.append("\n")
        self._unseen -= tag in _UNSEEN_TAGS and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data.replace("\n", " ") if data.strip() else " ")
