"""What the row of one playbook becomes by what its file says today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from csbot.playbooks.definition import Definition
from csbot.playbooks.folders import Found
from csbot.playbooks.model import Playbook
from csbot.playbooks.problems import Broken, Problem
from csbot.playbooks.reading import File

KEPT = 20  # problems of one file


@dataclass(frozen=True)
class Seen:
    """What became of a file: good (`file` and `definition`), or `broken`, or the library's good
    one in place of a broken one of the team's."""

    found: Found
    file: File | None = None
    definition: Definition | None = None
    broken: Broken | None = None

    @property
    def problems(self) -> list[Problem]:
        return self.broken.problems if self.broken else []

    @property
    def problem(self) -> str | None:
        """The first of them, as the row and the audit keep it."""
        kept = [str(problem) for problem in self.problems[:KEPT]]
        more = len(self.problems) - len(kept)
        return "\n".join([*kept, *([f"and {more:,} more"] if more else [])]) or None


@dataclass(frozen=True)
class Version:
    """Of a playbook: what is stored, as far as it can be read."""

    id: int
    source: str
    definition: Definition | None


@dataclass(frozen=True)
class Change:
    """`before` and `after` are the versions in force; `owners` answer for the playbook."""

    kind: Literal["changed", "gone", "broken", "mended"]
    playbook: Playbook
    seen: Seen | None
    before: Version | None
    after: Version | None

    @property
    def told(self) -> str:
        words = {
            "changed": "is new" if self.before is None else "has changed",
            "gone": "has no file any more and is off",
            "broken": "has a file that cannot be used",
            "mended": "has a file that can be used again",
        }
        return f"{self.playbook.name} {words[self.kind]}"

    @property
    def owners(self) -> set[str]:
        versions = (self.before, self.after)
        return {v.definition.process_owner for v in versions if v and v.definition}


def settle(
    playbook: Playbook,
    seen: Seen | None,
    *,
    before: Version | None,
    good: Version | None,
    away: bool,
    now: datetime,
) -> Iterator[Change]:
    """`good` is the stored version of a good file; `away`: a team's own folder cannot be read."""
    if (
        away
        and (seen is None or seen.found.source == "library")
        and before
        and before.source == "own"
    ):
        return
    if seen is None:
        if playbook.gone_at is None:
            playbook.gone_at, playbook.problem, playbook.problem_at = now, None, None
            playbook.on_since = None
            yield Change("gone", playbook, None, before, None)
        return
    yield from _problem(playbook, seen, before, good or before, now)
    if good is not None:
        yield from _good(playbook, seen, before, good, now)


def _problem(
    playbook: Playbook, seen: Seen, before: Version | None, after: Version | None, now: datetime
) -> Iterator[Change]:
    if seen.problem == playbook.problem:
        return
    playbook.problem, playbook.problem_at = seen.problem, now
    yield Change("broken" if seen.problem else "mended", playbook, seen, before, after)


def _good(
    playbook: Playbook, seen: Seen, before: Version | None, good: Version, now: datetime
) -> Iterator[Change]:
    if playbook.version_id != good.id or playbook.gone_at is not None:
        playbook.version_id, playbook.gone_at = good.id, None
        yield Change("changed", playbook, seen, before, good)
    said = good.definition
    on = said is not None and (said.enabled if playbook.enabled is None else playbook.enabled)
    if not on:
        playbook.on_since = playbook.baseline_id = None
    elif playbook.on_since is None or _starts_otherwise(before, good):
        playbook.on_since = now


def _starts_otherwise(before: Version | None, good: Version) -> bool:
    """Events of long ago must not start what was changed to listen for them today."""
    old, new = before.definition if before else None, good.definition
    if old is None or new is None or new.trigger.event is None:
        return False
    return (old.trigger, old.filter, old.entry) != (new.trigger, new.filter, new.entry)
