"""Whether the conditions of a file can be read, and can ever be known where they stand."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from csbot.conditions.fields import FIELDS
from csbot.conditions.grammar import Condition, Unfit, parse, tests
from csbot.conditions.kinds import Field
from csbot.conditions.text import fold
from csbot.meant import slip_of
from csbot.misfit import unknown
from csbot.onboarding.rules import AFTER_ONBOARDING, IN_ONBOARDING
from csbot.onboarding.stages import tracks
from csbot.playbooks.case import Case
from csbot.playbooks.problems import Path, Problem
from csbot.playbooks.shape import joined

PARTS = ("meeting", "task", "feedback", "payment", "ticket", "renewal")
BEFORE = (("trigger", "entering"), ("trigger", "leaving"), ("filter",), ("entry",))
SINCE_START = "_since_start"
STAGE = "account.onboarding_stage"
# What csbot itself puts there; an import may bring other words.
OPEN = {"account.lifecycle_stage": (IN_ONBOARDING, AFTER_ONBOARDING, "renewal", "churned")}
MOST = 20  # problems of one condition


def problems(case: Case) -> Iterator[Problem]:
    for path, said, alone in conditions(case):
        facts = {} if alone or case.trigger is None else case.trigger.facts
        wrong = list(_unfit(said, facts))
        for unfit in wrong:
            yield _problem(case, path, unfit)
        if not wrong:
            yield from _unknowable(case, path, said, facts, alone)
            yield from _never(case, path, parse(said, facts))


def conditions(case: Case) -> Iterator[tuple[Path, dict[str, Any], bool]]:
    """Each with its place; some are asked of accounts alone, before there is a cause."""
    d = case.definition
    everywhere: list[tuple[Path, dict[str, Any] | None, bool]] = [
        (("trigger", "entering"), d.trigger.entering, True),
        (("trigger", "leaving"), d.trigger.leaving, True),
        (("filter",), d.filter, case.watches),
        (("entry",), d.entry, False),
        (("exit",), d.exit, False),
        (("goal", "condition"), d.goal.condition if d.goal else None, False),
    ]
    for path, step in case.steps():
        everywhere.append(((*path, "wait", "until"), step.wait.until if step.wait else None, False))
        for nth, way in enumerate(step.branch or []):
            everywhere.append(((*path, "branch", nth, "if"), way.if_, False))
    yield from ((path, said, alone) for path, said, alone in everywhere if said is not None)


def _unfit(said: dict[str, Any], facts: Mapping[str, Field]) -> Iterator[Unfit]:
    """Everything wrong with it: what was found is left out, and the rest is read again."""
    left = deepcopy(said)
    for _ in range(MOST):
        try:
            parse(left, facts)
            return
        except Unfit as unfit:
            yield unfit
            if not _drop(left, unfit.path):
                return


def _drop(said: Any, path: Path) -> bool:
    """Leave out what stands at a path, so that what stands beside it keeps its place."""
    if len(path) > 1 and isinstance(path[-2], str) and path[-2] not in ("all", "any", "not"):
        path = path[:-1]  # an operator goes with its field
    if not path:
        return False
    for part in path[:-1]:
        said = said[part]
    if isinstance(said, list):
        said[int(path[-1])] = {}
    else:
        del said[path[-1]]
    return True


def _problem(case: Case, path: Path, unfit: Unfit) -> Problem:
    here, reason = (*path, *unfit.path), unfit.reason
    if reason.startswith("there is no"):
        return case.marks.problem(here, reason)
    name = f"`{here[-1]}` " if isinstance(here[-1], str) else ""
    return case.marks.problem(here, joined(name, reason), at_value=True)


def _unknowable(
    case: Case, path: Path, said: dict[str, Any], facts: Mapping[str, Field], alone: bool
) -> Iterator[Problem]:
    part = case.trigger.part if case.trigger and not alone else None
    for name in {test.field for test in tests(parse(said, facts))}:
        about = name.partition(".")[0]
        if about in PARTS and about != part:
            reason = f"`{name}` is never known here: the trigger is about no {about}"
        elif name.endswith(SINCE_START) and path in BEFORE:
            reason = f"`{name}` is never known here: nothing has started yet"
        elif about == "contact" and alone:
            reason = f"`{name}` is never known here: this asks about accounts alone"
        else:
            continue
        yield case.marks.problem(_where(case, path, name), reason)


def _never(case: Case, path: Path, condition: Condition) -> Iterator[Problem]:
    """Values that a field of csbot's own words never has, and slips in those of the team's own."""
    for test in tests(condition):
        values = _values(test.field)
        if not values or test.operator == "known":
            continue
        usual = {fold(value) for value in values}
        asked = test.value if isinstance(test.value, tuple) else (test.value,)
        for value in asked:
            if value not in usual and (test.field not in OPEN or slip_of(value, values)):
                said = unknown(value, values, f"`{test.field}`")
                here = _where(case, path, test.field)
                yield case.marks.problem(here, said, warning=True)


def _values(name: str) -> tuple[str, ...]:
    if name == STAGE:
        return tuple({stage.key: 0 for stages in tracks().values() for stage in stages})
    field = FIELDS.get(name)
    return OPEN.get(name) or (field.values if field else ())


def _where(case: Case, path: Path, name: str) -> Path:
    """The first place below a path that has the field."""
    found = [key for key in case.marks.keys if key[: len(path)] == path and key[-1] == name]
    return found[0] if found else path
