"""Feedback as people write it on one line: a score, then the customer's words."""

import re
from dataclasses import dataclass

from csbot.words import unquoted

_SCORE = re.compile(  # 5,5 is no 5 with a word behind it
    r"(\d{1,2})(?:/(\d{1,2}))?(?=[\s,:;]|$)(?!,\d)[\s,:;]*(.*)", re.ASCII | re.DOTALL
)


@dataclass(frozen=True)
class Line:
    score: int
    comment: str | None


def read_line(text: str, *, least: int, most: int) -> Line | None:
    """None when it does not begin with a whole number on that scale."""
    match = _SCORE.fullmatch(text.strip())
    if match is None or match.group(2) not in (None, str(most)):
        return None
    score = int(match.group(1))
    comment = unquoted(match.group(3).strip()) or None
    return Line(score, comment) if least <= score <= most else None
