"""Versions that runs carry, as what is to be done; the policy of a run never changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.playbooks import store
from csbot.playbooks.definition import Definition
from csbot.playbooks.model import Playbook, PlaybookRun
from csbot.playbooks.program import Program
from csbot.playbooks.store import Force


@dataclass(frozen=True)
class Version:
    id: int
    definition: Definition

    @cached_property
    def program(self) -> Program:
        return Program.of(self.definition)


def of(session: Session, ids: Collection[int]) -> dict[int, Version]:
    """By id. Runs on one that this csbot cannot read any more stand still; the log says so."""
    found = store.definitions(session, list(ids))
    return {id: Version(id, definition) for id, definition in found.items()}


def under_way(session: Session, names: Collection[str]) -> list[Version]:
    """The versions that runs of these playbooks are on, or may yet reach their goal on."""
    query = select(PlaybookRun.version_id).where(PlaybookRun.playbook.in_(list(names))).distinct()
    return list(of(session, session.scalars(query).all()).values())


def named(session: Session, name: str) -> Force:
    """A playbook in force by its name; Refused with the names that there are."""
    forces = {force.name: force for force in store.in_force(session)}
    if name not in forces:
        raise Refused(f"There is no playbook `{name}`. `/cs playbook` lists them.")
    return forces[name]


def note_on(session: Session, forces: Collection[Force], *, now: datetime) -> None:
    """From now on, playbooks that are newly on act on what happens."""
    fresh = [force.name for force in forces if force.on_since is None]
    if fresh:
        session.execute(update(Playbook).where(Playbook.name.in_(fresh)).values(on_since=now))
