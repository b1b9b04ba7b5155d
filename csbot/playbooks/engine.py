"""Carries playbooks out: starts runs, ends those that are over, takes every step that is due.

A look at all accounts costs as much as all of it together, so each is done once, and beside
whoever writes. What it found is then done a slice at a time, each in a transaction of its own that
asks again what may have changed. Killed in between, the next pass goes on; two workers never hold
the same run. What breaks in one playbook stays with that one.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.scope import Scope
from csbot.db.away import is_away
from csbot.db.engine import looks
from csbot.db.moment import Moment
from csbot.outbox.crash import crash
from csbot.playbooks import enrol, store, turning, versions
from csbot.playbooks.store import Force
from csbot.playbooks.taking import SLICE, take_due
from csbot.playbooks.versions import Version
from csbot.settings import Settings
from csbot.touches import service as touches

log = logging.getLogger(__name__)
Find = Callable[[Scope], list[Any]]
Do = Callable[..., int]


@dataclass
class Outcome:
    """How many runs began, ended early and went on, and messages that were let out.

    `failed` are steps, and playbooks that could not be looked at.
    """

    started: int = 0
    ended: int = 0
    steps: int = 0
    failed: int = 0
    released: int = 0


def run_due(sessions: sessionmaker[Session], *, settings: Settings, now: datetime) -> Outcome:
    """Everything that playbooks have to do at `now`."""
    return Pass(sessions, settings, now).to_the_end()


@dataclass
class Pass:
    sessions: sessionmaker[Session]
    settings: Settings
    now: datetime
    outcome: Outcome = field(default_factory=Outcome)

    def to_the_end(self) -> Outcome:
        self._alone("files", self._sync)
        with self.sessions.begin() as session:
            forces = versions.enabled(session)
            versions.note_on(session, forces, now=self.now)
        self.carry_out(forces)
        self.outcome.released = self._until_none(self._release)
        return self.outcome

    def carry_out(self, forces: Sequence[Force]) -> Outcome:
        """All that these have to do, up to letting messages out."""
        for force in forces:
            self._alone(force.name, partial(self._enrol, force))
        names = [force.name for force in forces]
        with self.looks() as session:
            known = {version.id: version for version in versions.under_way(session, names)}
        for version in known.values():
            self._alone(version.definition.name, partial(self._turn, version))
        for force in forces:  # a step may start one that nothing was on
            known |= versions.known(force)
        self._until_none(partial(self._take_due, known=known, names=names))
        return self.outcome

    def _alone(self, name: str, work: Callable[[], object]) -> None:
        """What cannot be done for one playbook keeps no other waiting."""
        try:
            work()
        except Exception as error:
            if is_away(error):
                raise
            code = uuid4().hex[:4].upper()
            log.exception("a playbook failed", extra={"playbook": name, "code": code})
            self.outcome.failed += 1

    def _sync(self) -> None:
        with self.sessions.begin() as session:
            store.sync(session, settings=self.settings, now=self.now)

    def _enrol(self, force: Force) -> None:
        if enrol.is_uncounted(force):
            with self.sessions.begin() as session:
                enrol.count_members(self._scope(session), force)
            return
        self._each(partial(enrol.ended_long_ago, force=force), enrol.forget)
        self.outcome.ended += self._each(
            partial(enrol.causeless, force=force), partial(enrol.let_go, force=force)
        )
        self.outcome.started += self._each(
            partial(enrol.causes, force=force), partial(enrol.begin, force=force)
        )

    def _turn(self, version: Version) -> None:
        self.outcome.ended += self._each(partial(turning.leaving, version=version), turning.leave)
        self._each(
            partial(turning.arriving, version=version), partial(turning.arrive, version=version)
        )
        self._each(partial(turning.patient, version=version), turning.go_on)

    def _each(self, find: Find, do: Do) -> int:
        """Look once, and do it in as many transactions as it takes."""
        with self.looks() as session:
            found = find(replace(self._scope(session), now=Moment.of(self.now)))
        did = 0
        for at in range(0, len(found), SLICE):
            with self.sessions.begin() as session:
                did += do(self._scope(session), found=found[at : at + SLICE])
            crash("playbooks.after_slice")
        return did

    def _until_none(self, work: Callable[[Scope], int]) -> int:
        """In as many transactions as it takes; returns the sum."""
        total, did = 0, 1
        while did:
            with self.sessions.begin() as session:
                did = work(self._scope(session))
            crash("playbooks.after_slice")
            total += did
        return total

    def _take_due(self, scope: Scope, known: dict[int, Version], names: list[str]) -> int:
        taken = take_due(scope, known, names)
        self.outcome.ended += taken.ended
        self.outcome.steps += taken.steps
        self.outcome.failed += taken.failed
        return taken.seen

    def _release(self, scope: Scope) -> int:
        expired = touches.expire_due(scope.session, settings=self.settings, now=self.now)
        released = touches.release_due(scope.session, settings=self.settings, now=self.now)
        return int(expired + released)

    @cached_property
    def looks(self) -> sessionmaker[Session]:
        return looks(self.sessions.kw["bind"])

    @cached_property
    def _seen(self) -> Scope:
        """The people and sources as they are when the pass begins."""
        with self.looks() as session:
            return Scope.load(session, self.settings, self.now)

    def _scope(self, session: Session) -> Scope:
        return replace(self._seen, session=session)
