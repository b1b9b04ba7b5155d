"""Reads a file and says all that is wrong with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from csbot.playbooks.case import Case
from csbot.playbooks.definition import Definition
from csbot.playbooks.folders import Found
from csbot.playbooks.lint import lint
from csbot.playbooks.mending import mended
from csbot.playbooks.problems import Broken, Problem, in_order
from csbot.playbooks.reading import File, misnamed
from csbot.playbooks.settling import Seen
from csbot.playbooks.yaml_text import load
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
            file = File(found.name, found.where, *load(text, found.where))
        except Broken as broken:
            return Seen(found, broken=broken), broken.problems
        problems, definition = misnamed(file), None
        try:
            definition = file.definition()
            problems += self._lint(file, definition)
        except Broken as broken:
            problems += [*broken.problems, *self._of_the_rest(file)]
        problems = list({str(problem): problem for problem in problems}.values())
        errors = [problem for problem in problems if not problem.warning]
        if errors:
            return Seen(found, broken=Broken(errors)), in_order(problems)
        return Seen(found, file, definition), in_order(problems)

    def _lint(self, file: File, definition: Definition) -> list[Problem]:
        return lint(Case(definition, file.marks, self.names, self.settings, self.today))

    def _of_the_rest(self, file: File) -> list[Problem]:
        """What is wrong apart from the shape; no warnings, which may be of what was taken out."""
        rest = mended(file.data)
        return [one for one in self._lint(file, rest) if not one.warning] if rest else []
