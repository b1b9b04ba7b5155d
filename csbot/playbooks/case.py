"""A playbook file under examination: what it says, where, and what there is besides."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from csbot.alerts.detectors import DETECTORS
from csbot.playbooks.definition import TOUCHES, Definition, Step
from csbot.playbooks.problems import Marks, Path
from csbot.playbooks.triggers import TRIGGERS, Trigger
from csbot.settings import Settings

CARDS = {detector.name: f"alert_{detector.kind}" for detector in DETECTORS.values()}


@dataclass(frozen=True)
class Case:
    """`names` are all playbooks that there are."""

    definition: Definition
    marks: Marks
    names: Collection[str]
    settings: Settings
    today: date

    @property
    def trigger(self) -> Trigger | None:
        said = self.definition.trigger
        return TRIGGERS.get(said.event or said.detector or "")

    @property
    def watches(self) -> bool:
        """Its alert is raised by what a detector of alerts finds, without runs."""
        step = self.definition.steps[0].alert
        return self.definition.trigger.detector in CARDS and bool(step and step.template)

    @property
    def touches(self) -> bool:
        """It writes to customers."""
        return any(step.kind in TOUCHES for step in self.definition.walk())

    def steps(self) -> Iterator[tuple[Path, Step]]:
        """Every step with its place."""
        yield from _below(self.definition.steps, ("steps",))


def _below(steps: list[Step], path: Path) -> Iterator[tuple[Path, Step]]:
    for at, step in enumerate(steps):
        here = (*path, at)
        yield here, step
        for nth, way in enumerate(step.branch or []):
            yield from _below(way.steps, (*here, "branch", nth, "steps"))
