"""What somebody has just noted earns its points in the same transaction.

A run of that event begins here and goes as far as it only decides and counts, by the playbook's own
file. What it says to anybody is left to the next pass: a press waits for nothing else.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.alerts.scope import Scope
from csbot.playbooks import enrol, versions
from csbot.playbooks.store import Force
from csbot.playbooks.taking import take_due
from csbot.settings import Settings

SILENT = ("branch", "score")


def count(
    session: Session, event: str, *, account_id: int, settings: Settings, now: datetime
) -> None:
    """Of one account; where no playbook gives points for the event this is one look at them."""
    forces = [force for force in versions.enabled(session) if _scores(force, event)]
    if not forces:
        return
    scope = Scope.load(session, settings, now, [account_id])
    for force in forces:
        enrol.begin(scope, force, enrol.causes(scope, force))
        known = versions.known(force)
        steps = [
            name
            for version in known.values()
            for name, one in version.program.instructions.items()
            if one.kind in SILENT
        ]
        while take_due(scope, known, [force.name], steps=steps).seen:
            pass


def _scores(force: Force, event: str) -> bool:
    said = force.definition
    return said.trigger.event == event and any(step.kind == "score" for step in said.walk())
