"""Alerts of playbooks that are switched off, have no file any more, or look at something else."""

from collections.abc import Collection, Iterator

from sqlalchemy import select

from csbot.alerts.detectors import DETECTORS
from csbot.alerts.finding import Ending
from csbot.alerts.scope import Scope
from csbot.alerts.watching import Key, Watch
from csbot.playbooks.model import Playbook, PlaybookVersion


def ended(scope: Scope, keys: Collection[Key]) -> Iterator[Watch]:
    """For each playbook whose alerts nobody watches any more, why that is so."""
    if not keys:
        return
    why = off(scope, {playbook for _, playbook in keys})
    for kind, playbook in sorted(keys):
        yield Watch(DETECTORS[kind], playbook, off=why.get(playbook, GONE))


def off(scope: Scope, names: Collection[str]) -> dict[str, Ending]:
    """Who or what has ended these playbooks."""
    said = PlaybookVersion.definition
    rows = scope.session.execute(
        select(Playbook, said["title"].as_string(), said["enabled"].as_boolean())
        .outerjoin(PlaybookVersion, PlaybookVersion.id == Playbook.version_id)
        .where(Playbook.name.in_(names))
    )
    return {
        one.name: Ending("off", _words(scope, one, title or one.name, by_file is False))
        for one, title, by_file in rows
    }


def _words(scope: Scope, playbook: Playbook, title: str, by_file: bool) -> str:
    if playbook.gone_at is not None:
        return f"The file of the playbook “{title}” is gone."
    if playbook.enabled is False:
        return f"The playbook “{title}” was switched off by {scope.name(playbook.changed_by_id)}."
    if by_file and playbook.enabled is None:
        return f"The playbook “{title}” is switched off in its file."
    return f"The playbook “{title}” does not look for this any more."


GONE = Ending("off", "No playbook looks for this any more.")
