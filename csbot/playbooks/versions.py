"""Versions that runs carry, as what is to be done; the policy of a run never changes."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from csbot.conditions.grammar import Condition, Unfit
from csbot.errors import Refused
from csbot.playbooks import store
from csbot.playbooks.definition import Definition
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookVersion
from csbot.playbooks.program import Program, condition_of
from csbot.playbooks.store import Force

log = logging.getLogger(__name__)
REMEMBERED = 500


@dataclass(frozen=True)
class Version:
    """`waits` are the conditions that runs may wait for, by the name of the step."""

    id: int
    definition: Definition
    program: Program
    exit: Condition | None
    goal: Condition | None
    waits: dict[str, Condition]

    @classmethod
    def made(cls, id: int, definition: Definition) -> Self:
        """Raises whatever is wrong with what this csbot does not understand any more."""
        program = Program.of(definition)
        said = definition.goal.condition if definition.goal else None
        waits = {
            one.name: condition
            for one in program.instructions.values()
            if one.step.wait and (condition := condition_of(definition, one.step.wait.until))
        }
        return cls(
            id,
            definition,
            program,
            condition_of(definition, definition.exit),
            condition_of(definition, said),
            waits,
        )


# By version and definition, which is kept so that nothing else can have its id.
_made: dict[tuple[int, int], tuple[Definition, Version | None]] = {}


def of(session: Session, ids: Collection[int]) -> dict[int, Version]:
    """By id. Runs on one that this csbot cannot read any more stand still; the log says so."""
    found = store.definitions(session, list(ids))
    versions = {id: readable(id, definition) for id, definition in found.items()}
    return {id: version for id, version in versions.items() if version is not None}


def readable(version_id: int, definition: Definition) -> Version | None:
    """None, and a word in the log, for one whose trigger or fields are not there any more."""
    key = version_id, id(definition)
    if key not in _made:
        if len(_made) >= REMEMBERED:
            _made.clear()
        _made[key] = definition, _read(version_id, definition)
    return _made[key][1]


def known(force: Force) -> dict[int, Version]:
    """The version in force, by id, if it can be read."""
    version = readable(force.version_id, force.definition)
    return {version.id: version} if version else {}


def _read(version_id: int, definition: Definition) -> Version | None:
    try:
        return Version.made(version_id, definition)
    except (Unfit, LookupError, ValueError):
        log.exception("playbook version cannot be carried out", extra={"version_id": version_id})
        return None


def under_way(session: Session, names: Collection[str]) -> list[Version]:
    """The versions that runs of these playbooks are on, or may yet reach their goal on."""
    v = PlaybookVersion
    query = select(v.id).where(
        v.name.in_(list(names)), exists().where(PlaybookRun.version_id == v.id)
    )
    return list(of(session, session.scalars(query.order_by(v.id)).all()).values())


def named(session: Session, name: str) -> Force:
    """A playbook in force by its name; Refused with the names that there are."""
    forces = {force.name: force for force in store.in_force(session)}
    if name not in forces:
        raise Refused(f"There is no playbook `{name}`. `/cs playbook` lists them.")
    return forces[name]


def enabled(session: Session) -> list[Force]:
    """The playbooks that act, as far as this csbot can carry them out."""
    return [
        force
        for force in store.in_force(session)
        if force.enabled and readable(force.version_id, force.definition)
    ]


def note_on(session: Session, forces: Collection[Force], *, now: datetime) -> None:
    """From now on, playbooks that are newly on act on what happens."""
    fresh = [force.name for force in forces if force.on_since is None]
    if fresh:
        session.execute(update(Playbook).where(Playbook.name.in_(fresh)).values(on_since=now))
