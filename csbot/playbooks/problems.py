"""What is wrong with a playbook file, and where: so that an editor jumps to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Printed as `file:line:column: what is wrong; mend`. A warning keeps no file from use."""

    path: str
    line: int
    column: int
    message: str
    warning: bool = False

    def __str__(self) -> str:
        kind = "warning: " if self.warning else ""
        return f"{self.path}:{self.line}:{self.column}: {kind}{self.message}"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """From the top of the file down."""
    return sorted(problems, key=lambda p: (p.line, p.column, p.message))


class Broken(Exception):
    """A file that cannot be used, with everything that is wrong with it, from the top down."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass
class Marks:
    """Line and column, from 1, of every key and every value of the file `where`."""

    where: str
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    literal: set[Path] = field(default_factory=set)  # texts written line for line, after `|`

    def problem(
        self, path: Path, message: str, *, at_value: bool = False, warning: bool = False
    ) -> Problem:
        """At the key of `path`, or its value; where the file does not have it, at what is above."""
        line, column = self._at(path, at_value)
        return Problem(self.where, line, column, message, warning)

    def in_text(self, path: Path, line: int | None, message: str) -> Problem:
        """In a text; `line` counts from its first one and is only known of those after `|`."""
        if line is None or path not in self.literal:
            return self.problem(path, message, at_value=True)
        return Problem(self.where, self.values[path][0] + line, 1, message)

    def _at(self, path: Path, at_value: bool) -> tuple[int, int]:
        first, second = (self.values, self.keys) if at_value else (self.keys, self.values)
        while path and path not in self.values:
            path = path[:-1]
            first, second = self.keys, self.values
        return first.get(path) or second.get(path) or (1, 1)
