"""What can be wrong with a file, kept apart from what the rules refuse a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

SHOWN = 50
VALUE_SHOWN = 60


class BadCell(Exception):
    """One cell cannot be read; the text says what would be right there."""

    def __init__(self, mend: str) -> None:
        super().__init__(mend)
        self.mend = mend


class UnusableFile(Exception):
    """The file as a whole cannot be read as a table; shown to the person as it stands."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"Line {line}: {reason}")
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Problem:
    line: int
    column: str
    value: str
    mend: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.mend}"

    def as_json(self) -> dict[str, str | int]:
        return {
            "line": self.line,
            "column": self.column,
            "value": shorten(self.value),
            "mend": self.mend,
        }


@dataclass(slots=True)
class Problems:
    """All that is wrong in one file; counted to the end, of which the first are shown."""

    found: list[Problem] = field(default_factory=list)

    def add(self, line: int, column: str, value: str, mend: str) -> None:
        self.found.append(Problem(line, column, value, mend))

    def extend(self, more: Iterable[Problem]) -> None:
        self.found.extend(more)

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self.found, key=lambda problem: problem.line))

    @property
    def lines(self) -> int:
        """How many have anything wrong."""
        return len({problem.line for problem in self.found})

    def shown(self) -> list[Problem]:
        return list(self)[:SHOWN]

    def more(self) -> int:
        return max(0, len(self.found) - SHOWN)


def shorten(value: str, limit: int = VALUE_SHOWN) -> str:
    """The value on one line and short enough to stand inside a sentence."""
    flat = " ".join(value.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
