"""Every playbook in a line: what `csbot playbook list` shows."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import terminal
from csbot.playbooks.model import Playbook, PlaybookVersion
from csbot.playbooks.show import touches
from csbot.playbooks.store import Force, in_force
from csbot.playbooks.words import starts


def overview(session: Session) -> list[dict[str, Any]]:
    """By name; `state` is on or off, or gone where there is no file any more."""
    forces = {force.name: force for force in in_force(session)}
    v = PlaybookVersion
    versions = {
        row.id: row
        for row in session.execute(
            select(v.id, v.source, v.seen_at).join(Playbook, Playbook.version_id == v.id)
        )
    }
    return [
        _line(playbook, forces.get(playbook.name), versions.get(playbook.version_id or 0))
        for playbook in session.scalars(select(Playbook).order_by(Playbook.name))
    ]


def _line(playbook: Playbook, force: Force | None, version: Any) -> dict[str, Any]:
    on = "on" if force and force.enabled else "off"
    return {
        "name": playbook.name,
        "title": force and force.definition.title,
        "starts": force and starts(force.definition.trigger),
        "state": "gone" if playbook.gone_at else on,
        "touches": force and touches(force),
        "source": version and version.source,
        "version": version and terminal.instant(version.seen_at),
        "problem": playbook.problem,
    }
