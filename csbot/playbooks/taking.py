"""Takes the steps that are due: the same step for many runs at once, a slice in a transaction.

The step's effects, its row in the log and the way to the next step are written together.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Executable, Row, bindparam, insert, select, update

from csbot import audit
from csbot.alerts.among import among, bound, dialect_of, is_one_of
from csbot.alerts.scope import Scope
from csbot.db.away import is_away
from csbot.outbox.crash import crash
from csbot.playbooks import runs, turning
from csbot.playbooks.going import FAILED, Batch, Going, load
from csbot.playbooks.model import PlaybookRun, PlaybookStep
from csbot.playbooks.program import Program
from csbot.playbooks.steps import EXECUTORS
from csbot.playbooks.versions import Version

log = logging.getLogger(__name__)
SLICE = 500
RUNS: Any = PlaybookRun.__table__
STEPS: Any = PlaybookStep.__table__
LOG = insert(STEPS)
NAMES = ("state", "step", "due_at", "wait_until", "ended_at")
TO = tuple(f"to_{name}" for name in NAMES)
QUIET = ("wait", "branch")  # steps that say nothing in the timeline
Due = Row[*tuple[Any, ...]]


@dataclass
class Taken:
    """How many runs were looked at, ended before their step, and of the steps how many failed."""

    seen: int = 0
    ended: int = 0
    steps: int = 0
    failed: int = 0


def take_due(
    scope: Scope,
    known: Mapping[int, Version],
    names: Collection[str],
    *,
    steps: Collection[str] | None = None,
) -> Taken:
    """One step, if it is one of `steps`, for each of a slice of those runs whose time has come."""
    which = () if steps is None else (PlaybookRun.step.in_(list(steps)),)
    due = _due(scope, known, names, *which)
    taken = Taken(seen=len(due))
    for (version_id, step), rows in groupby(due, key=lambda row: (row.version_id, row.step)):
        _Turn(scope, known[version_id], step, taken).take([row.id for row in rows])
    return taken


def _due(
    scope: Scope, known: Collection[int], names: Collection[str], *which: ColumnElement[bool]
) -> Sequence[Due]:
    """Runs whose next step's time has come, those at the same step together."""
    rows = scope.session.execute(
        select(PlaybookRun.id, PlaybookRun.version_id, PlaybookRun.step)
        .where(
            PlaybookRun.state == "active",
            PlaybookRun.due_at <= scope.now,
            PlaybookRun.playbook.in_(list(names)),
            PlaybookRun.version_id.in_(list(known)),
            scope.within(PlaybookRun.account_id),
            *which,
        )
        .order_by(PlaybookRun.due_at, PlaybookRun.id)
        .limit(SLICE)
        .with_for_update(skip_locked=True)
    ).all()
    return sorted(rows, key=lambda row: (row.version_id, row.step or "", row.id))


@dataclass(frozen=True)
class _Turn:
    """The same step of runs of the same version."""

    scope: Scope
    version: Version
    step: str
    taken: Taken

    def take(self, ids: list[int]) -> None:
        """For all at once; where that fails, for each alone, so that one fails alone."""
        if self._tried(self._take, ids):
            return
        if len(ids) > 1:
            for id in ids:
                self.take([id])
        elif not self._tried(self._fail, ids):
            self._give_up(ids)

    def _tried(self, work: Any, ids: list[int]) -> bool:
        """All or nothing. When the database is away nobody is to blame, and nothing is counted."""
        try:
            with self.scope.session.begin_nested():
                batch = work(ids)
        except Exception as error:
            if is_away(error):
                raise
            if len(ids) == 1:
                log.exception("a step failed", extra={"run_id": ids[0], "step": self.step})
            return False
        self.taken.steps += len(batch.runs)
        self.taken.failed += sum(outcome == FAILED for outcome, _ in batch.told.values())
        return True

    def _take(self, ids: list[int]) -> Batch:
        self.taken.ended += turning.leave_gone(self.scope, self.version, ids)
        self.taken.ended += turning.leave_before(self.scope, self.version, ids)
        batch = self._batch(ids)
        if batch.runs:
            EXECUTORS[batch.instruction.kind](batch)
            _go_on(batch, self.version.program)
        return batch

    def _fail(self, ids: list[int]) -> Batch:
        """The attempt counts: the run goes on without this step, which stands as failed."""
        batch = self._batch(ids)
        code = uuid4().hex[:4].upper()
        log.error("a step was left out", extra={"run_id": ids[0], "code": code})
        for run in batch.runs:
            batch.fail(run, f"that did not work ({code})")
        _go_on(batch, self.version.program)
        return batch

    def _give_up(self, ids: list[int]) -> None:
        """It cannot even go on without the step, as when the program has none of that name."""
        because = "csbot cannot go on with it: its next step cannot be taken"
        runs.end(self.scope, ids, state="stopped", because=because)
        self.taken.failed += 1

    def _batch(self, ids: list[int]) -> Batch:
        instruction = self.version.program.instructions[self.step]
        going = load(self.scope, ids, self.step)
        return Batch(self.scope, self.version.definition, instruction, going)


def _go_on(batch: Batch, program: Program) -> None:
    """Write down what the step did, and send each run to what comes next."""
    crash("playbooks.after_step")
    _log(batch)
    going = _not_stopped(batch) if batch.instruction.kind == "stop" else batch.runs
    ways: dict[tuple[Any, ...], list[Going]] = {}
    for run in going:
        ways.setdefault(_next(batch, program, run), []).append(run)
    dialect = dialect_of(batch.session)
    moves = [
        dict(zip(TO, to, strict=True)) | {"ids": bound(dialect, [run.id for run in those])}
        for to, those in ways.items()
    ]
    if moves:
        batch.session.connection().execute(_move(dialect), moves)
    title = batch.definition.title
    ended = [run for to, those in ways.items() if to[0] == "finished" for run in those]
    runs.record(
        batch.scope, "playbook.finished", [(run.id, run.account.id, title) for run in ended]
    )


@cache
def _move(dialect: str) -> Executable:
    """Built once: for many runs that go the same way."""
    here = is_one_of(dialect, RUNS.c.id, bindparam("ids"))
    return update(RUNS).where(here).values({name: bindparam(f"to_{name}") for name in NAMES})


def _not_stopped(batch: Batch) -> list[Going]:
    """A playbook may stop itself."""
    query = select(PlaybookRun.id).where(
        among(batch.session, PlaybookRun.id, [run.id for run in batch.runs]),
        PlaybookRun.state == "active",
    )
    active = set(batch.session.scalars(query))
    return [run for run in batch.runs if run.id in active]


def _log(batch: Batch) -> None:
    kind = batch.instruction.kind
    rows = []
    for run in batch.runs:
        outcome, note = batch.told.get(run.id, ("done", None))
        rows.append({"run_id": run.id, "step": batch.step, "kind": kind, "at": batch.now,
                     "outcome": outcome, "note": note})  # fmt: skip
    batch.session.flush()
    batch.session.connection().execute(LOG, rows)
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


def _next(batch: Batch, program: Program, run: Going) -> tuple[Any, ...]:
    """Where it goes, as NAMES. What follows at once is due since the step before was.

    A wait begins when the run comes to it, however late that is.
    """
    name = batch.ways.get(run.id, batch.instruction.following)
    if name is None:
        return "finished", None, None, None, batch.now
    wait = program.instructions[name].step.wait
    if wait is None:
        return "active", name, run.run.due_at, None, None
    person = batch.clock_of(run)
    if wait.for_ is not None:
        return "active", name, wait.for_.after(batch.now, person), None, None
    if wait.at_most is None:
        raise AssertionError("a wait has `for` or `at_most`")
    return "active", name, None, wait.at_most.after(batch.now, person), None
