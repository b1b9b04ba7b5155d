"""What is wrong with a template that cannot be read, for people who know no templates."""

import re

from jinja2 import TemplateSyntaxError

CURLY = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb`\u00b4"
BETWEEN = re.compile(r"\{[{%][^\n]*?(?:[}%]\}|$)", re.MULTILINE)
SHOWN = 60


def told(error: TemplateSyntaxError, source: str) -> str:
    """The mend; what the reader of templates says itself where that is plain enough."""
    said = (error.message or "cannot be read").rstrip(".")
    parts = [found[0] for found in BETWEEN.finditer(source)]
    mark = re.search(f"unexpected char '([{CURLY}])'", said)
    if mark and (curly := next((part for part in parts if mark[1] in part), None)):
        return f"`{_clipped(curly)}` has quotes that are not plain; use plain quotes, \" or '"
    if not re.search("expected|unexpected", said, re.IGNORECASE) or "tags:" in said:
        return said
    line = [*source.split("\n"), ""][min(error.lineno - 1, source.count("\n"))]
    got = re.search(r"got '(\w+)'", said)
    wrong = _part(line, got[1] if got else "")
    if wrong.startswith("{%"):
        return f"`{wrong}` cannot be read: one question between {{% and %}}, closed by %}}"
    return f"`{wrong}` cannot be read: one name or filter between {{{{ and }}}}, closed by }}}}"


def _part(line: str, got: str) -> str:
    """What stands in braces, up to the word where reading stopped."""
    parts = [found[0] for found in BETWEEN.finditer(line)] or [line.strip()]
    for part in parts:
        if got and (found := re.search(rf"\b{got}\b", part)):
            return _clipped(part[: found.end()])
    return _clipped(next((part for part in parts if not part.endswith(("}}", "%}"))), parts[0]))


def _clipped(part: str) -> str:
    return part.strip()[:SHOWN]
