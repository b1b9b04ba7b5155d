"""Subject and floor by turns, so that a busy moment of the machine meets both."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine, event, text

from csbot import clock

T = TypeVar("T")


class Timed(NamedTuple):
    seconds: float
    found: object


def timed(work: Callable[[], object]) -> Timed:
    begins = clock.steady()
    found = work()
    return Timed(clock.steady() - begins, found)


def by_turns(
    rounds: int, subject: Callable[[], object], floor: Callable[[], object]
) -> tuple[list[Timed], list[Timed]]:
    """One of each first, uncounted: caches and plans are warm on both sides."""
    floor(), subject()
    floors, subjects = [], []
    for _ in range(rounds):
        floors.append(timed(floor))
        subjects.append(timed(subject))
    return subjects, floors


def seconds(runs: list[Timed]) -> list[float]:
    return [run.seconds for run in runs]


def counted(engine: Engine, work: Callable[[], object]) -> int:
    """How many statements it takes."""
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def tidy(engine: Engine) -> None:
    """PostgreSQL does so by itself, some time after so many changes."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as raw:
            raw.execute(text("VACUUM ANALYZE"))
