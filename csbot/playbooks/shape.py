"""Whether a file has the fields that a playbook has, told in words of the file's writer."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from csbot import misfit
from csbot.playbooks.definition import Definition
from csbot.playbooks.problems import Broken, Marks, Path, Problem

ENROL = "must be `once`, `always`, `{at_most: 3, per: 90 days}` or `{recheck: 45 days}`"
SAID = misfit.WORDS | {
    "string_type": "must be a text; put it in quotes",
    "string_pattern_mismatch": "must be of small letters, digits and hyphens, like `quiet-users`",
    "list_type": "must be a list, each line of it with `- ` before it",
    "dict_type": "must be a mapping: lines like `name: value`, indented below it",
    "model_type": "must be a mapping: lines like `name: value`, indented below it",
}
PLAIN = "must be a text, a number, true or false"
DATE = "must be a date like `2027-03-31`"


def shaped(data: Any, marks: Marks) -> Definition:
    """Raises Broken."""
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        raise Broken(wrong(error, data, marks)) from None


def wrong(error: ValidationError, data: Any, marks: Marks) -> list[Problem]:
    """One problem for each thing that is wrong."""
    found = error.errors(include_url=False)
    absent = [tuple(each["loc"]) for each in found if each["type"] == "missing"]
    absent = [path for path in absent if path[0] != "enrol"]
    problems = [made for each in found for made in _problem(each, data, marks)]
    problems += _missing(absent, marks)
    return list({str(problem): problem for problem in problems}.values())


def _missing(absent: list[Path], marks: Marks) -> Iterator[Problem]:
    """What is not there, together for each place."""
    places = {path[:-1]: [p[-1] for p in absent if p[:-1] == path[:-1]] for path in absent}
    for place, names in places.items():
        told = ", ".join(f"`{name}`" for name in names)
        verb = "is missing; add it" if len(names) == 1 else "are missing; add them"
        yield marks.problem(place, f"{told} {verb}")


def _problem(error: ErrorDetails, data: Any, marks: Marks) -> Iterator[Problem]:
    path, kind = tuple(error["loc"]), error["type"]
    if kind == "missing":
        return
    if path and path[0] == "enrol":
        if told := _enrol(error, data):
            yield marks.problem(*told)
    elif path and path[-1] == "[key]":
        yield marks.problem(path[:-1], said(error, path[:-1]))
    elif kind == "extra_forbidden":
        known = misfit.names(Definition, path[:-1])
        yield marks.problem(path, misfit.unknown(str(path[-1]), known))
    elif path not in marks.values:
        yield marks.problem(path[:-1], f"`{path[-2]}` {PLAIN}", at_value=True)
    else:
        yield marks.problem(path, said(error, path), at_value=True)


def said(error: ErrorDetails, path: Path) -> str:
    """The field's name, unless it is a place in a list, and what it should be."""
    name = f"`{path[-1]}` " if path and isinstance(path[-1], str) else ""
    kind, context = error["type"], error.get("ctx", {})
    if error.get("input") is None and kind in SAID:
        return f"{name}is empty; fill it in or delete the line"
    if kind == "literal_error":
        return name + misfit.choice(error)
    if kind.startswith("date"):
        return name + DATE
    words = SAID[kind].format(**context) if kind in SAID else error["msg"]
    return joined(name, words.removeprefix("Value error, "))


def joined(name: str, words: str) -> str:
    """With a colon before words that begin with what was written there."""
    return f"{name.rstrip()}: {words}" if name and words.startswith("`") else name + words


def _enrol(error: ErrorDetails, data: Any) -> tuple[Path, str] | None:
    """Of its four shapes the one that is meant; nothing for what the other shapes miss."""
    given, (_, shape, *rest) = data["enrol"], error["loc"]
    meant = None
    if isinstance(given, dict):
        meant = "Recheck" if "recheck" in given else "Limit" if "at_most" in given else None
    if meant is None:
        return ("enrol",), ENROL
    if shape != meant:
        return None
    path = ("enrol", *rest)
    if error["type"] == "extra_forbidden":
        return path, f"`{rest[-1]}` does not go with the rest; it {ENROL}"
    return path, said(error, path)
