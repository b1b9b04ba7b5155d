"""Subject and floor by turns, so that a busy moment of the machine meets both."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

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
