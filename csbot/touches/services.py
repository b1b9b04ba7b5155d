"""Messages that wait for no weekly limit: of what a customer arranged, paid or asked for."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.playbooks import store
from csbot.playbooks.definition import Definition, EmailStep, SmsStep
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.program import Program

Step = tuple[int | None, str | None]  # a run and the name of a step


def services(session: Session, steps: Iterable[Step]) -> set[Step]:
    """Those of these steps that the file of their run calls `service`."""
    wanted = set(steps)
    runs = {run for run, _ in wanted if run}
    if not runs:
        return set()
    of = select(PlaybookRun.id, PlaybookRun.version_id).where(among(session, PlaybookRun.id, runs))
    version = {id: version_id for id, version_id in session.execute(of)}
    said = store.definitions(session, sorted(set(version.values())))
    named = {id: _named(definition) for id, definition in said.items()}
    return {
        (run, step) for run, step in wanted if run and step in named.get(version.get(run, 0), ())
    }


def _named(definition: Definition) -> set[str]:
    return {
        one.name
        for one in Program.of(definition).instructions.values()
        if isinstance(one.step.spec, EmailStep | SmsStep) and one.step.spec.service
    }
