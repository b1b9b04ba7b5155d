"""Whose alerts there are: a playbook that tells of what a detector finds watches for it."""

import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.detectors import DETECTORS
from csbot.alerts.finding import Detector, Ending, Finding
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import Condition, Unfit, tests
from csbot.conditions.sql import Frame, where
from csbot.playbooks.definition import Definition
from csbot.playbooks.folders import LIBRARY, one
from csbot.playbooks.prepared import silent
from csbot.playbooks.problems import Broken
from csbot.playbooks.program import condition_of
from csbot.playbooks.reach import SUBJECTS, subject_of
from csbot.playbooks.store import in_force
from csbot.playbooks.triggers import TRIGGERS, Look
from csbot.settings import Thresholds

log = logging.getLogger(__name__)
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
    only: Condition | None = None
    severity: str | None = None
    off: Ending | None = None
    definition: Definition | None = None

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
        """The accounts that its filter lets through, where that asks of nothing but the account."""
        if self.only is None or self.asks_more:
            return true()
        aims = scope.settings.config.first_value
        frame = Frame(now=scope.now, account=Account, silent=silent(scope), first_value=aims)
        return where(self.only, frame)

    @property
    def asks_more(self) -> bool:
        """Whether its filter asks of more than the account, as of what the trigger sees."""
        asked = tests(self.only) if self.only else ()
        return any(not test.field.startswith("account.") for test in asked)

    def find(self, scope: Scope) -> Iterable[Finding]:
        found = self.detector.find(self.scope(scope))
        if self.asks_more:
            fit = self._fitting(scope)
            found = (one for one in found if (one.account_id, one.subject) in fit)
        return map(self._as_urgent, found) if self.severity else found

    def _fitting(self, scope: Scope) -> set[tuple[int, str]]:
        """Account and subject of what the filter lets through, asked of all that it knows of."""
        if self.only is None or self.definition is None:
            return set()
        causes = found_by(scope, self.detector.name, self.parameters).subquery()
        part = subject_of(self.definition)
        tables: dict[str, Any] = {part: SUBJECTS[part]} if part else {}
        facts = {f"trigger.{name}": causes.c[name] for name in causes.c.keys()}  # noqa: SIM118
        aims = scope.settings.config.first_value
        frame = Frame(
            now=scope.now,
            account=Account,
            facts=facts,
            silent=silent(scope),
            first_value=aims,
            **tables,
        )
        query = (
            select(causes.c.account_id, causes.c.subject)
            .join(Account, Account.id == causes.c.account_id)
            .where(where(self.only, frame), scope.within(causes.c.account_id))
        )
        for table in tables.values():
            query = query.outerjoin(table, table.id == causes.c.subject_id)
        return {(account_id, subject) for account_id, subject in scope.session.execute(query)}

    def _as_urgent(self, finding: Finding) -> Finding:
        severity = self.severity or finding.severity
        return finding._replace(severity=severity, seen=f"{finding.seen}|{severity}")


def limited(base: Thresholds, detector: Detector, parameters: dict[str, Any]) -> Thresholds:
    """The thresholds of csbot.toml, with those in their place that a file gives."""
    given = {
        threshold: parameters[name]
        for name, threshold in detector.parameters.items()
        if parameters.get(name) is not None
    }
    return base.model_copy(update=given) if given else base


def found_by(scope: Scope, detector: str, parameters: dict[str, Any]) -> Select[Any]:
    """What a detector sees now, as a query of its facts."""
    trigger = TRIGGERS[detector]
    look = Look.of(
        scope.session, trigger.parameters(**parameters), since=scope.now,
        settings=scope.settings, now=scope.now, team=scope.team,
    )  # fmt: skip
    return trigger.select(look)


def watches(session: Session, kinds: Collection[str]) -> list[Watch]:
    """What is to be looked for, of these kinds, in their order."""
    order = {kind: at for at, kind in enumerate(kinds)}
    made = (_readable(definition) for definition in enabled(session))
    found = [watch for watch in made if watch and watch.kind in order]
    if RUNS in order:
        found.append(Watch(DETECTORS[RUNS]))
    return sorted(found, key=lambda watch: (order[watch.kind], watch.playbook))


def _readable(definition: Definition) -> Watch | None:
    """A playbook that this csbot does not understand any more stops no other."""
    try:
        return watching(definition)
    except (Unfit, ValidationError):
        log.exception("playbook cannot be watched for", extra={"playbook": definition.name})
        return None


def watching(definition: Definition) -> Watch | None:
    """None where it tells of nothing by itself: then what it tells is its runs' doing."""
    detector = BY_NAME.get(definition.trigger.detector or "")
    step = definition.steps[0].alert
    if detector is None or step is None or step.template is None:
        return None
    given = TRIGGERS[detector.name].parameters(**definition.trigger.parameters)
    return Watch(
        detector,
        definition.name,
        definition.title,
        given.model_dump(exclude_none=True),
        condition_of(definition, definition.filter or None),
        step.severity if "severity" in step.model_fields_set else None,
        definition=definition,
    )


def enabled(session: Session) -> list[Definition]:
    """What csbot brings along counts until the first time that playbooks are read in."""
    if stored := in_force(session):
        return [force.definition for force in stored if force.enabled]
    return [definition for definition in library() if definition.enabled]


@cache
def library() -> tuple[Definition, ...]:
    """Read once in the life of a process; a file that is broken is left out."""
    found = []
    for path in sorted(LIBRARY.glob("*.yaml")):
        with suppress(Broken):
            found.append(one(path).read().definition())
    return tuple(found)
