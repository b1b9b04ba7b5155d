"""The stages of each track, read from stages.toml."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Role(StrEnum):
    """Who looks after a customer in the course of time."""

    ACCOUNT_EXECUTIVE = "account_executive"
    ONBOARDING_MANAGER = "onboarding_manager"
    CSM = "csm"
    SUPPORT = "support"


class Shows(StrEnum):
    """What shows that a criterion is met."""

    HAND = "hand"
    MEETING = "meeting"
    TOUCH = "touch"
    EVENT = "event"
    REQUIREMENTS = "requirements"
    WHEN = "when"


IN_THE_WORLD = (Shows.HAND, Shows.MEETING, Shows.TOUCH, Shows.EVENT)


@dataclass(frozen=True)
class Criterion:
    """`what` is the kind of meeting, the event or the condition, where there is one."""

    key: str
    text: str
    shows: Shows = Shows.HAND
    what: Any = None

    @property
    def by_hand(self) -> bool:
        """Somebody may tick it off: csbot does not hear of everything that happens."""
        return self.shows in IN_THE_WORLD


@dataclass(frozen=True)
class Stage:
    """`number` counts from 1; `days` is how long it should take; `owner` is whose account it is."""

    key: str
    name: str
    goal: str
    owner: Role
    days: int
    criteria: tuple[Criterion, ...]
    entry: tuple[Criterion, ...]
    number: int


@cache
def tracks() -> dict[str, tuple[Stage, ...]]:
    """Track (an account's process) to its stages, in order."""
    from csbot.onboarding.stages_file import read  # which needs the names above

    return read(files("csbot.onboarding").joinpath("stages.toml").read_text("utf-8"))


def track(process: str) -> tuple[Stage, ...]:
    """The stages of a process; an unknown process is looked after as a transactional one."""
    return tracks().get(process, tracks()["transactional"])


def find(process: str, key: str | None) -> Stage | None:
    return next((stage for stage in track(process) if stage.key == key), None)


def after(process: str, stage: Stage) -> Stage | None:
    """The next stage, or None behind the last."""
    return next((other for other in track(process) if other.number == stage.number + 1), None)
