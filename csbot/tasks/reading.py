"""A task as people write it on one line: what, `due` when, `!` how urgent, `@` who."""

import re
from dataclasses import dataclass
from datetime import date

from csbot.dates import take_date
from csbot.errors import Refused
from csbot.undated import why_no_date
from csbot.words import number, unquoted
from messages.text import listed

PRIORITIES = {"low": "low", "normal": "normal", "high": "high", "urgent": "high"}
ONE_PERSON = "One person does a task: name one, and add another task for the other."
_MARKED = re.compile(r"(?:(?<=\s)|^)(?:!(?P<urgency>\S*)|(?P<who><@[^>]+>|@\S+))(?=\s|$)")
_DUE = re.compile(r"(?:(?<=\s)|^)due:?(?=\s|$)", re.IGNORECASE)


class Unclear(Exception):
    """A part that cannot be read, with all the rest that was understood."""

    def __init__(self, *, what: str, wrong: str, line: "Line", why: str = "") -> None:
        super().__init__(what)
        self.what, self.wrong, self.line, self.why = what, wrong, line, why


@dataclass(frozen=True)
class Line:
    """`who` is as written; what is missing is empty."""

    title: str
    due_on: date | None = None
    priority: str = "normal"
    who: str | None = None


def read_line(text: str, *, today: date) -> Line:
    """The task in `text`; raises Unclear when one of its parts makes no sense."""
    marks = list(_MARKED.finditer(text))
    people = list(dict.fromkeys(m["who"] for m in marks if m["who"]))
    who = people[-1] if people else None
    urgency = next((m["urgency"] for m in reversed(marks) if m["urgency"] is not None), "normal")
    written, when = _split_due(_MARKED.sub(" ", text))
    title = unquoted(written)
    if urgency.casefold() not in PRIORITIES:
        raise Unclear(what="priority", wrong=f"!{urgency}", line=Line(title, who=who))
    if len(people) > 1:
        raise Unclear(what="person", wrong=listed(people), line=Line(title), why=ONE_PERSON)
    line = Line(title, priority=PRIORITIES[urgency.casefold()], who=who)
    return _with_date(line, when, today) if when else line


def _split_due(text: str) -> tuple[str, str]:
    """What stands before the last `due`, and what follows it."""
    text = " ".join(text.split())
    found = list(_DUE.finditer(text))
    if not found:
        return text, ""
    return text[: found[-1].start()].strip(), text[found[-1].end() :].strip()


def _with_date(line: Line, when: str, today: date) -> Line:
    try:
        read = take_date(when, today=today)
    except Refused:  # 03/04/2026 can be read two ways
        read = None
    if read is None:
        raise Unclear(what="date", wrong=when, line=line, why=why_no_date(when) or "")
    due_on, rest = read
    title = " ".join(f"{line.title} {rest}".split())
    return Line(title, due_on, line.priority, line.who)


def read_number(text: str) -> int:
    """A task's number, with or without `#`; Refused with the form that is expected."""
    found = number(text.strip().removeprefix("#"))
    if found is None:
        raise Refused(
            "Which task? Write its number, as in `/cs task done 12`. `/cs tasks` lists yours."
        )
    return found
