"""Reads a file and says all that is wrong with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from csbot.playbooks.case import Case
from csbot.playbooks.folders import Found
from csbot.playbooks.lint import lint
from csbot.playbooks.problems import Broken, Problem
from csbot.playbooks.settling import Seen
from csbot.settings import Settings


@dataclass(frozen=True)
class Examiner:
    """`names` are all playbooks that there are."""

    names: Collection[str]
    settings: Settings
    today: date

    def __call__(self, found: Found) -> Seen:
        """Good, or broken with all errors; warnings are in neither's way."""
        seen, problems = self.examine(found)
        errors = [problem for problem in problems if not problem.warning]
        return Seen(found, broken=Broken(errors)) if errors else seen

    def examine(self, found: Found) -> tuple[Seen, list[Problem]]:
        """With the warnings."""
        try:
            file = found.read()
            definition = file.definition()
        except Broken as broken:
            return Seen(found, broken=broken), broken.problems
        case = Case(definition, file.marks, self.names, self.settings, self.today)
        return Seen(found, file, definition), lint(case)
