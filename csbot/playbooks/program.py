"""A playbook's steps as what a run follows: each with a name, and with what comes after it."""

from collections.abc import Iterator
from dataclasses import dataclass

from csbot.conditions.fields import Field
from csbot.conditions.grammar import Condition, parse
from csbot.playbooks.definition import Definition, Step, Trigger, WaitStep
from csbot.playbooks.durations import Duration
from csbot.playbooks.triggers import TRIGGERS

END = None
BEGIN = "begin"


@dataclass(frozen=True)
class Way:
    """Where a branch goes when its condition holds; without a condition it always does."""

    condition: Condition | None
    to: str | None


@dataclass(frozen=True)
class Instruction:
    """One step; `following` is the name of the next, None at the end.

    A step's own delay is a wait of its own before it.
    """

    name: str
    step: Step
    following: str | None
    ways: tuple[Way, ...] = ()

    @property
    def kind(self) -> str:
        return self.step.kind


@dataclass(frozen=True)
class Program:
    """All instructions of a version, by name; it has no way back, so every run comes to an end."""

    first: str
    instructions: dict[str, Instruction]

    @classmethod
    def of(cls, definition: Definition) -> "Program":
        made = {one.name: one for one in _listed(definition, definition.steps, "", END)}
        first = _entrance(definition.steps[0], "1")
        if made[first].kind != "wait":
            return cls(first, made)
        # A wait begins when a run comes to it: to begin with one, it has to come from somewhere.
        at_once = WaitStep.model_validate({"for": Duration(0, "minute", False)})
        return cls(BEGIN, made | {BEGIN: Instruction(BEGIN, Step(wait=at_once), first)})


def name_of(step: Step, position: str) -> str:
    return step.id or position


def _entrance(step: Step, position: str) -> str:
    name = name_of(step, position)
    return f"{name}.after" if step.after else name


def _listed(
    definition: Definition, steps: list[Step], prefix: str, end: str | None
) -> Iterator[Instruction]:
    for at, step in enumerate(steps, start=1):
        position = f"{prefix}{at}"
        following = _entrance(steps[at], f"{prefix}{at + 1}") if at < len(steps) else end
        name = name_of(step, position)
        if step.after:
            wait = Step(owner=step.owner, wait=WaitStep.model_validate({"for": step.after}))
            yield Instruction(f"{name}.after", wait, name)
        ways = []
        for nth, branch in enumerate(step.branch or [], start=1):
            inner = f"{position}.{nth}."
            yield from _listed(definition, branch.steps, inner, following)
            entrance = _entrance(branch.steps[0], f"{inner}1") if branch.steps else following
            ways.append(Way(condition_of(definition, branch.if_), entrance))
        yield Instruction(name, step, following, tuple(ways))


def condition_of(definition: Definition, said: dict[str, object] | None) -> Condition | None:
    """What a file says of an account and of what its trigger saw; None where it says nothing."""
    return None if said is None else parse(said, facts_of(definition.trigger))


def facts_of(trigger: Trigger) -> dict[str, Field]:
    """The fields of what the trigger saw: nothing where a condition or a person starts it."""
    name = trigger.event or trigger.detector
    return dict(TRIGGERS[name].facts) if name else {}
