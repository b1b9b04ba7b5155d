"""The stages of each track, read from stages.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Criterion:
    """`by_itself` names what shows that it is met, without anybody ticking it off."""

    key: str
    text: str
    by_itself: str | None = None


@dataclass(frozen=True)
class Stage:
    """`number` counts from 1; `days` is how long it should take."""

    key: str
    name: str
    goal: str
    days: int
    criteria: tuple[Criterion, ...]
    number: int


@cache
def tracks() -> dict[str, tuple[Stage, ...]]:
    """Track (an account's process) to its stages, in order."""
    raw = tomllib.loads(files("csbot.onboarding").joinpath("stages.toml").read_text("utf-8"))
    return {
        track: tuple(
            Stage(
                key=stage["key"],
                name=stage["name"],
                goal=stage["goal"],
                days=stage["days"],
                criteria=tuple(Criterion(**criterion) for criterion in stage["criteria"]),
                number=number,
            )
            for number, stage in enumerate(stages, 1)
        )
        for track, stages in raw.items()
    }


def track(process: str) -> tuple[Stage, ...]:
    """The stages of a process; an unknown process is looked after as a transactional one."""
    return tracks().get(process, tracks()["transactional"])


def find(process: str, key: str | None) -> Stage | None:
    return next((stage for stage in track(process) if stage.key == key), None)


def after(process: str, stage: Stage) -> Stage | None:
    """The next stage, or None behind the last."""
    return next((other for other in track(process) if other.number == stage.number + 1), None)
