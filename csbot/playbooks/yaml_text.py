"""YAML as a playbook may use it: mappings, lists, texts, numbers, true and false, and no more.

What YAML 1.1 takes for something else than a person would is a text, as in YAML 1.2, or an error:
`no` and `on`, dates, `010`, `10:30`. References, tags and merged keys are refused: a file is to
say what it says where one reads it.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.reader import Reader

from csbot.playbooks import colons
from csbot.playbooks.problems import Broken, Marks, Path, Problem

LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 24
TAG = "tag:yaml.org,2002:"
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
NUMBER = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{0,15}|[-+]?\.[0-9]{1,15}")
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # quotes let them in
TRUE_FALSE = {"true": True, "True": True, "TRUE": True} | dict.fromkeys(
    ("false", "False", "FALSE"), False
)


def load(text: str, where: str) -> tuple[Any, Marks]:
    """What the text says as plain data, and where it says it; raises Broken."""
    if unseen := Reader.NON_PRINTABLE.search(text):
        raise Broken([_unseen(text, unseen.start(), where)])
    try:
        if wrong := list(_beyond(text, where)):
            raise Broken(wrong)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise Broken([_syntax(error, text, where)]) from None
    if node is None:
        raise Broken([Problem(where, 1, 1, "is empty; begin with `name:`")])
    made = _Made(where)
    data = made.value(node, ())
    if made.problems:
        raise Broken(made.problems)
    return data, made.marks


def _unseen(text: str, at: int, where: str) -> Problem:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return Problem(
        where, line, column, f"has an unprintable character (U+{ord(text[at]):04X}); delete it"
    )


def _beyond(text: str, where: str) -> Iterator[Problem]:
    """What YAML has and a playbook has not, found before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            yield Problem(where, *_mark(event), f"is nested deeper than {DEEPEST} levels")
            return
        if said := _unwanted(event):
            yield Problem(where, *_mark(event), said)


def _unwanted(event: yaml.Event) -> str | None:
    if not isinstance(event, yaml.NodeEvent):
        return None
    if isinstance(event, yaml.AliasEvent):
        return f"refers to `*{event.anchor}`; write it out"
    if event.anchor is not None:
        return f"has an anchor, `&{event.anchor}`; delete it, and write out what refers to it"
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        return f"has a tag, `{event.tag.replace(TAG, '!!')}`; delete it"
    return None


def _syntax(error: yaml.YAMLError, text: str, where: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or "cannot be read"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if found := colons.slip(text, line):
        return Problem(where, found.line, found.column, found.said)
    written = [*text.split("\n"), ""][line - 1]
    tabs = "\t" in written[: len(written) - len(written.lstrip())]
    mend = "indent with spaces, not tabs" if tabs else _mend(said)
    return Problem(where, line, column, f"is no YAML: {said}; {mend}")


def _mend(said: str) -> str:
    if "mapping values are not allowed" in said:
        return "put a text that has a colon in quotes"
    if "document" in said:
        return "one playbook a file, without `---` inside it"
    if "cannot start any token" in said:
        return "put the text in quotes"
    return "see whether the indentation and the quotes are right"


class _Made:
    """Plain data made of nodes, with the marks and the problems met on the way."""

    def __init__(self, where: str) -> None:
        self.marks, self.problems = Marks(where), list[Problem]()

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.marks.values[path] = _mark(node)
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(part, (*path, at)) for at, part in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.style == "|":
            self.marks.literal.add(path)
        return self._scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def _entries(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == TAG + "merge":
                self._wrong(key, "is no name of a field; write one line `name: value` for each")
                continue
            if said := colons.odd_space(key.value):
                self._wrong(key, f"the name {said}")
                continue
            here = (*path, self._text(key))
            if first := self.marks.keys.get(here):
                self._wrong(key, f"`{key.value}` is here twice; it is in line {first[0]} already")
                continue
            self.marks.keys[here] = _mark(key)
            yield key.value, self.value(value, here)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        kind, said = node.tag.removeprefix(TAG), node.value
        if kind == "null":
            return None
        if kind == "bool":
            return TRUE_FALSE.get(said, said)
        if kind not in ("int", "float"):
            return self._text(node)
        if WHOLE.fullmatch(said):
            return int(said)
        if NUMBER.fullmatch(said) and math.isfinite(float(said)):
            return float(said)
        self._wrong(node, f"`{said[:40]}` is read as a number; put it in quotes if it is a text")
        return said

    def _text(self, node: yaml.ScalarNode) -> str:
        if unseen := UNSEEN.search(node.value):
            self._wrong(node, f"has an unprintable character (U+{ord(unseen[0]):04X}); delete it")
        return str(node.value)

    def _wrong(self, node: yaml.Node, message: str) -> None:
        self.problems.append(Problem(self.marks.where, *_mark(node), message))


def _mark(read: yaml.Node | yaml.Event) -> tuple[int, int]:
    start = read.start_mark
    return (start.line + 1, start.column + 1) if start else (1, 1)
