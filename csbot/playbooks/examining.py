"""Reads a file and says all that is wrong with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from csbot.playbooks.case import Case
from csbot.playbooks.folders import Found
from csbot.playbooks.lint import lint
from csbot.playbooks.problems import Broken, Problem
from csbot.playbooks.reading import read_text
from csbot.playbooks.settling import Seen
from csbot.settings import Settings

REMEMBERED = 500
_seen: dict[Any, Seen] = {}  # a look at all files each minute must cost no more than reading them


@dataclass(frozen=True)
class Examiner:
    """`names` are all playbooks that there are."""

    names: Collection[str]
    settings: Settings
    today: date

    def __call__(self, found: Found) -> Seen:
        """Good, or broken with all errors; what was seen of the same text is remembered."""
        try:
            text = found.text()
        except Broken as broken:
            return Seen(found, broken=broken)
        key = found, text, frozenset(self.names), self.settings.env.csbot_templates_dir
        if key not in _seen:
            if len(_seen) >= REMEMBERED:
                _seen.clear()
            _seen[key] = self._examined(found, text)[0]
        return _seen[key]

    def examine(self, found: Found) -> tuple[Seen, list[Problem]]:
        """With the warnings."""
        try:
            return self._examined(found, found.text())
        except Broken as broken:
            return Seen(found, broken=broken), broken.problems

    def _examined(self, found: Found, text: str) -> tuple[Seen, list[Problem]]:
        try:
            file = read_text(text, name=found.name, where=found.where)
            definition = file.definition()
        except Broken as broken:
            return Seen(found, broken=broken), broken.problems
        problems = lint(Case(definition, file.marks, self.names, self.settings, self.today))
        errors = [problem for problem in problems if not problem.warning]
        if errors:
            return Seen(found, broken=Broken(errors)), problems
        return Seen(found, file, definition), problems
