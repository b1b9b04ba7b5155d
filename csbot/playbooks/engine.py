"""Carries playbooks out: starts runs, ends those that are over, takes every step that is due.

Each transaction does a slice: the step's effects, its row in the log and the way to the next step
together. Killed in between, the next pass goes on; two workers never hold the same run.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from csbot import audit
from csbot.alerts.scope import Scope
from csbot.outbox.crash import crash
from csbot.playbooks import enrol, runs, store, turning, versions
from csbot.playbooks.going import FAILED, Batch, Going, load
from csbot.playbooks.model import PlaybookRun, PlaybookStep
from csbot.playbooks.program import Instruction, Program
from csbot.playbooks.steps import EXECUTORS
from csbot.playbooks.store import Force
from csbot.playbooks.versions import Version
from csbot.settings import Settings
from csbot.touches import service as touches

log = logging.getLogger(__name__)
SLICE = 500
RUNS: Any = PlaybookRun.__table__
QUIET = ("wait", "branch")  # steps that say nothing in the timeline
Due = Row[*tuple[Any, ...]]
Find = Callable[[Scope], list[Any]]
Do = Callable[..., int]


@dataclass
class Outcome:
    """How many runs began, ended early and went on, and messages that were let out."""

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
        with self.sessions.begin() as session:
            store.sync(session, settings=self.settings, now=self.now)
        with self.sessions.begin() as session:
            forces = [force for force in store.in_force(session) if force.enabled]
            versions.note_on(session, forces, now=self.now)
        self.carry_out(forces)
        self.outcome.released = self._slices(self._release)
        return self.outcome

    def carry_out(self, forces: Sequence[Force]) -> Outcome:
        """All that these have to do, up to letting messages out."""
        for force in forces:
            self.outcome.ended += self._each(
                partial(enrol.causeless, force=force), partial(enrol.let_go, force=force)
            )
            self.outcome.started += self._each(
                partial(enrol.causes, force=force), partial(enrol.begin, force=force)
            )
        names = [force.name for force in forces]
        self._end_and_reach(names)
        self._slices(partial(self._take_due, names=names))
        return self.outcome

    def _each(self, find: Find, do: Do) -> int:
        """Look once, and do it in as many transactions as it takes: a look costs as much as all.

        What is found may have changed by the time of its turn; `do` knows.
        """
        with self.sessions.begin() as session:
            scope = Scope.load(session, self.settings, self.now)
            found = find(scope)
            did = do(scope, found=found[:SLICE]) if found else 0
        for at in range(SLICE, len(found), SLICE):
            crash("playbooks.after_slice")
            with self.sessions.begin() as session:
                scope = Scope.load(session, self.settings, self.now)
                did += do(scope, found=found[at : at + SLICE])
        return did

    def _slices(self, work: Callable[[Scope], int]) -> int:
        """In as many transactions as it takes; returns the sum."""
        total, did = 0, 1
        while did:
            with self.sessions.begin() as session:
                did = work(Scope.load(session, self.settings, self.now))
            crash("playbooks.after_slice")
            total += did
        return total

    def _release(self, scope: Scope) -> int:
        expired = touches.expire_due(scope.session, settings=self.settings, now=self.now)
        released = touches.release_due(scope.session, settings=self.settings, now=self.now)
        return int(expired + released)

    def _end_and_reach(self, names: list[str]) -> None:
        with self.sessions.begin() as session:
            found = versions.under_way(session, names)
        for version in found:
            self.outcome.ended += self._each(
                partial(turning.leaving, version=version), turning.leave
            )
            self._each(
                partial(turning.arriving, version=version), partial(turning.arrive, version=version)
            )
            self._each(partial(turning.patient, version=version), turning.go_on)

    def _take_due(self, scope: Scope, names: list[str]) -> int:
        due = _due(scope, names)
        known = versions.of(scope.session, {row.version_id for row in due})
        for (version_id, step), rows in groupby(due, key=lambda row: (row.version_id, row.step)):
            if version := known.get(version_id):
                self._take(scope, version, step, [row.id for row in rows])
        return len(due)

    def _take(self, scope: Scope, version: Version, step: str, ids: list[int]) -> None:
        """One step for many runs; where that fails, for each alone, so that one fails alone."""
        instruction = version.program.instructions[step]
        try:
            with scope.session.begin_nested():
                self._count(
                    _take_step(scope, version, instruction, load(scope, ids, instruction.name))
                )
        except (OperationalError, InterfaceError):  # the database is away, not the step at fault
            raise
        except Exception:
            if len(ids) == 1:
                self._fail(scope, version, instruction, ids)
                return
            for id in ids:
                self._take(scope, version, step, [id])

    def _fail(
        self, scope: Scope, version: Version, instruction: Instruction, ids: list[int]
    ) -> None:
        """The attempt counts: the run goes on without this step, which stands as failed."""
        code = uuid4().hex[:4].upper()
        log.exception("a step failed", extra={"code": code, "run_id": ids[0]})
        batch = Batch(scope, version.definition, instruction, load(scope, ids, instruction.name))
        for run in batch.runs:
            batch.fail(run, f"that did not work ({code})")
        self._count(_go_on(batch, version.program))

    def _count(self, batch: Batch) -> None:
        self.outcome.steps += len(batch.runs)
        self.outcome.failed += sum(outcome == FAILED for outcome, _ in batch.told.values())


def _due(scope: Scope, names: Iterable[str]) -> Sequence[Due]:
    """Runs whose next step's time has come, those at the same step together."""
    rows = scope.session.execute(
        select(PlaybookRun.id, PlaybookRun.version_id, PlaybookRun.step)
        .where(
            PlaybookRun.state == "active",
            PlaybookRun.due_at <= scope.now,
            PlaybookRun.playbook.in_(list(names)),
        )
        .order_by(PlaybookRun.due_at, PlaybookRun.id)
        .limit(SLICE)
        .with_for_update(skip_locked=True)
    ).all()
    return sorted(rows, key=lambda row: (row.version_id, row.step, row.id))


def _take_step(
    scope: Scope, version: Version, instruction: Instruction, going: list[Going]
) -> Batch:
    batch = Batch(scope, version.definition, instruction, going)
    if not going:
        return batch
    EXECUTORS[instruction.kind](batch)
    return _go_on(batch, version.program)


def _go_on(batch: Batch, program: Program) -> Batch:
    """Write down what the step did, and send each run to what comes next."""
    crash("playbooks.after_step")
    _log(batch)
    moves = [_next(batch, program, run) for run in batch.runs]
    statement = update(RUNS).where(RUNS.c.id == bindparam("run"))
    names = ("state", "step", "due_at", "wait_until", "ended_at")
    statement = statement.values({name: bindparam(f"to_{name}") for name in names})
    batch.session.connection().execute(statement, moves)
    ended = [(run.id, run.account.id, batch.definition.title) for run, to in
             zip(batch.runs, moves, strict=True) if to["to_state"] == "finished"]  # fmt: skip
    runs.record(batch.scope, "playbook.finished", ended)
    return batch


def _log(batch: Batch) -> None:
    kind = batch.instruction.kind
    rows = []
    for run in batch.runs:
        outcome, note = batch.told.get(run.id, ("done", None))
        rows.append({"run_id": run.id, "step": batch.step, "kind": kind, "at": batch.now,
                     "outcome": outcome, "note": note})  # fmt: skip
    batch.session.execute(insert(PlaybookStep), rows)
    if kind in QUIET:
        return
    entries = [
        audit.entry(
            verb=f"playbook.{row['outcome']}",
            subject=f"run:{run.id}",
            by=None,
            now=batch.now,
            account=run.account.id,
            after={"playbook": batch.definition.title, "step": batch.step, "did": row["note"]},
        )
        for run, row in zip(batch.runs, rows, strict=True)
    ]
    audit.record_all(batch.session, entries)


def _next(batch: Batch, program: Program, run: Going) -> dict[str, Any]:
    name = batch.ways.get(run.id, batch.instruction.following)
    there = {"run": run.id, "to_state": "active", "to_step": name, "to_due_at": batch.now,
             "to_wait_until": None, "to_ended_at": None}  # fmt: skip
    if name is None:
        return there | {"to_state": "finished", "to_due_at": None, "to_ended_at": batch.now}
    wait = program.instructions[name].step.wait
    if wait is None:
        return there
    person = batch.clock_of(run)
    if wait.for_ is not None:
        return there | {"to_due_at": wait.for_.after(batch.now, person)}
    if wait.at_most is None:
        raise AssertionError("a wait has `for` or `at_most`")
    until = wait.at_most.after(batch.now, person)
    return there | {"to_due_at": None, "to_wait_until": until}
