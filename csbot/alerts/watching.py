"""Whose alerts there are: a playbook that tells of what a detector finds watches for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.detectors import DETECTORS
from csbot.alerts.finding import Detector, Ending, Finding
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import parse
from csbot.conditions.sql import Frame, where
from csbot.playbooks.definition import Definition
from csbot.playbooks.durations import Duration
from csbot.playbooks.folders import LIBRARY, one
from csbot.playbooks.store import in_force
from csbot.settings import Thresholds

Key = tuple[str, str]
BY_NAME = {detector.name: detector for detector in DETECTORS.values()}
RUNS = "playbook"  # the detector of what runs ask for: one watch for the runs of all playbooks


@dataclass(frozen=True)
class Watch:
    """One playbook's use of a detector: within what limits, of which accounts, how urgent.

    `off` says why nothing is looked for any more: then what is open is to be closed.
    """

    detector: Detector
    playbook: str = ""
    title: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    only: dict[str, Any] = field(default_factory=dict)
    severity: str | None = None
    off: Ending | None = None

    @property
    def kind(self) -> str:
        return self.detector.kind

    @property
    def key(self) -> Key:
        return self.kind, self.playbook

    def scope(self, scope: Scope) -> Scope:
        """What this playbook's detector looks at."""
        limits = limited(scope.settings.config.thresholds, self.detector, self.parameters)
        return replace(scope, playbook=self.playbook, own_limits=limits, chosen=self.chosen(scope))

    def chosen(self, scope: Scope) -> ColumnElement[bool]:
        if not self.only:
            return true()
        return where(parse(self.only), Frame(now=scope.now, account=Account))

    def find(self, scope: Scope) -> Iterable[Finding]:
        found = self.detector.find(self.scope(scope))
        return map(self._as_urgent, found) if self.severity else found

    def _as_urgent(self, finding: Finding) -> Finding:
        severity = self.severity or finding.severity
        return finding._replace(severity=severity, seen=f"{finding.seen}|{severity}")


def limited(base: Thresholds, detector: Detector, parameters: dict[str, Any]) -> Thresholds:
    """The thresholds of csbot.toml, with those in their place that a file gives."""
    given = {
        threshold: _number(parameters[name])
        for name, threshold in detector.parameters.items()
        if parameters.get(name) is not None
    }
    return base.model_copy(update=given) if given else base


def _number(value: Any) -> int:
    """`14`, or `14 days` where days are meant."""
    return value if isinstance(value, int) else Duration.of(str(value)).count


def watches(session: Session, kinds: Collection[str]) -> list[Watch]:
    """What is to be looked for, of these kinds, in their order."""
    order = {kind: at for at, kind in enumerate(kinds)}
    made = (watching(definition) for definition in enabled(session))
    found = [watch for watch in made if watch and watch.kind in order]
    if RUNS in order:
        found.append(Watch(DETECTORS[RUNS]))
    return sorted(found, key=lambda watch: (order[watch.kind], watch.playbook))


def watching(definition: Definition) -> Watch | None:
    """None where it tells of nothing by itself: then what it tells is its runs' doing."""
    detector = BY_NAME.get(definition.trigger.detector or "")
    step = definition.steps[0].alert
    if detector is None or step is None or step.template is None:
        return None
    return Watch(
        detector,
        definition.name,
        definition.title,
        dict(definition.trigger.parameters),
        dict(definition.filter),
        step.severity if "severity" in step.model_fields_set else None,
    )


def enabled(session: Session) -> list[Definition]:
    """What csbot brings along counts until the first time that playbooks are read in."""
    if stored := in_force(session):
        return [force.definition for force in stored if force.enabled]
    return [definition for definition in library() if definition.enabled]


@cache
def library() -> tuple[Definition, ...]:
    return tuple(one(path).read().definition() for path in sorted(LIBRARY.glob("*.yaml")))
