"""What a playbook file says that could never work, or is unwise: found before it is in force."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from csbot.access import Role
from csbot.misfit import unknown
from csbot.playbooks import advice, asking, wording
from csbot.playbooks.case import CARDS, Case
from csbot.playbooks.definition import Branch
from csbot.playbooks.problems import Path, Problem, in_order
from csbot.playbooks.program import BEGIN
from csbot.playbooks.shape import said
from csbot.playbooks.triggers import TRIGGERS, Trigger

SETTABLE = ("lifecycle_stage", "plan", "industry", "segment")
CUSTOM = "custom."
MOST = 200  # steps and ways: what a picture, and a person, can still follow
STARTS = 10  # of others, which start others in turn
FED = {"task.added": "task", "meeting.booked": "meeting"}  # events that a step is the cause of
ANSWERABLE = [role.value for role in Role if role is not Role.VIEWER]


def lint(case: Case) -> list[Problem]:
    """Errors and warnings, from the top of the file down."""
    if more := _too_many(case):
        return [more]
    found = [
        *_trigger(case),
        *asking.problems(case),
        *_steps(case),
        *_circle(case),
        *wording.problems(case),
        *_owner(case),
        *_plain(case),
        *advice.warnings(case),
    ]
    return in_order(found)


def _too_many(case: Case) -> Problem | None:
    steps = list(case.definition.walk())
    count = sum(1 + len(step.branch or []) for step in steps)
    starts = sum(step.start is not None for step in steps)
    tags = sum(len(step.tag.add) + len(step.tag.remove) for step in steps if step.tag)
    if count > MOST:
        said = f"are {count:,} with the ways of branches, at most {MOST}; make several playbooks"
        return case.marks.problem(("steps",), said)
    if tags > MOST:
        said = f"add and remove {tags:,} tags, at most {MOST}; make several playbooks"
        return case.marks.problem(("steps",), said)
    if starts > STARTS:
        said = f"start others {starts} times, at most {STARTS}; make several playbooks"
        return case.marks.problem(("steps",), said)
    return None


def _trigger(case: Case) -> Iterator[Problem]:
    trigger = case.definition.trigger
    for kind, name in (("event", trigger.event), ("detector", trigger.detector)):
        if name is not None:
            yield from _named(case, kind, name)
            return
    if trigger.parameters:
        yield case.marks.problem(
            ("trigger", "with"), "`with` belongs to an event or a detector; delete it"
        )


def _named(case: Case, kind: str, name: str) -> Iterator[Problem]:
    found, here = TRIGGERS.get(name), ("trigger", kind)
    if found is None:
        known = [one.name for one in TRIGGERS.values() if one.kind == kind]
        yield case.marks.problem(here, unknown(name, known, kind), at_value=True)
    elif found.kind != kind:
        other = f"`{name}` is no {kind}; write `{found.kind}: {name}`"
        yield case.marks.problem(here, other)
    else:
        yield from _parameters(case, found)


def _parameters(case: Case, trigger: Trigger) -> Iterator[Problem]:
    try:
        trigger.parameters(**case.definition.trigger.parameters)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False):
            path: Path = ("trigger", "with", *error["loc"])
            if error["type"] == "extra_forbidden":
                known = list(trigger.parameters.model_fields)
                yield case.marks.problem(path, unknown(str(path[-1]), known, "parameter"))
            else:
                yield case.marks.problem(path, said(error, path), at_value=True)


def _steps(case: Case) -> Iterator[Problem]:
    lines: dict[str, int] = {BEGIN: 0}
    for path, step in case.steps():
        if step.id in lines:
            first = f"line {lines[step.id]} has it already" if lines[step.id] else "it is csbot's"
            yield case.marks.problem((*path, "id"), f"`{step.id}` is taken: {first}", at_value=True)
        elif step.id:
            lines[step.id] = case.marks.values[(*path, "id")][0]
        if told := CHECKS.get(step.kind):
            yield from told(case, (*path, step.kind), step.spec)


def _circle(case: Case) -> Iterator[Problem]:
    fed = FED.get(case.definition.trigger.event or "")
    if fed is None or case.definition.enrol != "always":
        return
    for path, step in case.steps():
        if step.kind == fed:
            said = "starts this playbook anew, each minute; write `enrol: {at_most: 1, per: 1 day}`"
            yield case.marks.problem((*path, fed), said)


def _alert(case: Case, path: Path, spec: Any) -> Iterator[Problem]:
    """A card is raised while its detector finds something, so it must be the first step."""
    template = spec.template
    if template is None:
        return
    card = CARDS.get(case.definition.trigger.detector or "")
    here = (*path, "template")
    if path != ("steps", 0, "alert") or card is None:
        said = "`template` is the card of an alert detector, in its first step; write `title` here"
        yield case.marks.problem(here, said)
    elif template != card:
        detector = case.definition.trigger.detector
        yield case.marks.problem(here, f"the card of `{detector}` is `{card}`", at_value=True)


def _other(case: Case, path: Path, name: str) -> Iterator[Problem]:
    if name not in case.names:
        yield case.marks.problem(path, unknown(name, sorted(case.names), "playbook"), at_value=True)
    elif name == case.definition.name and path[-1] == "start":
        yield case.marks.problem(path, "starts itself; write `enrol` for that", at_value=True)


def _field(case: Case, path: Path, spec: Any) -> Iterator[Problem]:
    for name, value in spec.set.items():
        here = (*path, "set", name)
        if name.startswith(CUSTOM) and name != CUSTOM:
            continue
        if name not in SETTABLE:
            yield case.marks.problem(here, unknown(name, [*SETTABLE, "custom.<name>"]))
        elif not isinstance(value, str) and (value is not None or name == "lifecycle_stage"):
            said = f"`{name}` must be a text; put it in quotes"
            yield case.marks.problem(here, said, at_value=True)


def _branch(case: Case, path: Path, ways: list[Branch]) -> Iterator[Problem]:
    for nth, way in enumerate(ways[:-1]):
        if way.if_ is None:
            yield case.marks.problem(
                (*path, nth),
                "takes all: what comes after it is never taken; add `if`, or put it last",
            )


def _email(case: Case, path: Path, spec: Any) -> Iterator[Problem]:
    if spec.calendar_file and not _meets(case):
        yield case.marks.problem(
            (*path, "calendar_file"), "`calendar_file` needs a trigger about a meeting"
        )


def _debrief(case: Case, path: Path, _: Any) -> Iterator[Problem]:
    if not _meets(case):
        yield case.marks.problem(path, "`debrief` needs a trigger about a meeting")


def _meets(case: Case) -> bool:
    return case.trigger is not None and case.trigger.part == "meeting"


CHECKS: dict[str, Callable[[Case, Path, Any], Iterator[Problem]]] = {
    "alert": _alert,
    "start": _other,
    "stop": _other,
    "field": _field,
    "branch": _branch,
    "email": _email,
    "debrief": _debrief,
}


def _owner(case: Case) -> Iterator[Problem]:
    who = case.definition.process_owner
    if who not in ANSWERABLE and "@" not in who:
        known = ", ".join(ANSWERABLE)
        yield case.marks.problem(
            ("process_owner",),
            f"`process_owner` must be somebody's e-mail address, or a role: {known}",
            at_value=True,
        )


def _plain(case: Case) -> Iterator[Problem]:
    for name in ("title", "purpose", "success_measure"):
        if "{{" in getattr(case.definition, name):
            wrong = f"`{name}` is about the playbook, for nobody in particular: no variables here"
            yield case.marks.problem((name,), wrong, at_value=True)
