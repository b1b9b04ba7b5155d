"""Steps that decide where a run goes on, or start and stop others."""

from csbot.playbooks import runs
from csbot.playbooks.going import Batch
from csbot.playbooks.reach import holding

DEEPEST = 5  # playbooks that start one another


def wait(batch: Batch) -> None:
    """Over: its time has come or its condition holds. The engine knows which."""


def branch(batch: Batch) -> None:
    """Each run takes the first way whose condition holds for it, else goes on after the branch."""
    left = {run.id for run in batch.runs}
    for way in batch.instruction.ways:
        fit = (
            left
            if way.condition is None
            else holding(batch.scope, batch.definition, left, way.condition)
        )
        batch.ways |= dict.fromkeys(fit, way.to)
        left -= fit
    batch.ways |= dict.fromkeys(left, batch.instruction.following)


def start(batch: Batch) -> None:
    name = batch.spec
    deep = [run for run in batch.runs if run.run.facts.get("_depth", 0) >= DEEPEST]
    for run in deep:
        batch.fail(run, f"{name} not started: playbooks start one another without end")
    fit = [run for run in batch.runs if run not in deep]
    started = runs.start_from(batch, name, fit)
    for run in fit:
        if run.id in started:
            batch.note(run, f"started {name}")
        else:
            batch.skip(run, f"{name} is off, not there, or was started as often as it may be")


def stop(batch: Batch) -> None:
    name = batch.spec
    accounts = [run.account.id for run in batch.runs]
    stopped = runs.stop_all(
        batch.scope, playbook=name, accounts=accounts, because=f"stopped by {batch.definition.name}"
    )
    for run in batch.runs:
        if run.account.id in stopped:
            batch.note(run, f"stopped {name}")
        else:
            batch.skip(run, f"{name} was not running")
