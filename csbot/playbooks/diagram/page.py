"""A playbook as a page of the documentation: the picture, and all of it in words."""

import re
from collections.abc import Iterable, Iterator, Sequence

from csbot.conditions.words import in_words
from csbot.playbooks import words
from csbot.playbooks.definition import TOUCHES, Definition, Step
from csbot.playbooks.diagram.chart import chart
from csbot.playbooks.triggers import TRIGGERS
from messages.text import clean, clip

GENERATED = "<!-- Written by `csbot playbook diagram`; change the playbook's file instead. -->"
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def plain(text: object) -> str:
    """One line that Markdown shows as it stands."""
    return SPECIAL.sub(r"\\\1", " ".join(clean(str(text)).split()))


def page(definition: Definition) -> str:
    parts = (
        [GENERATED, "", f"# {plain(definition.title)}", "", plain(definition.purpose), ""],
        [f"![{plain(alternative(definition))}]({definition.name}.png)", ""],
        ["| | |", "|---|---|", *(f"| {name} | {said} |" for name, said in _facts(definition)), ""],
        ["## Steps", "", *_steps(definition.steps), ""],
        ["## Who", "", "| | |", "|---|---|", *_who(definition), ""],
        ["## Best practices", "", *(f"- {plain(one)}" for one in definition.practice), ""]
        if definition.practice
        else [],
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def alternative(definition: Definition) -> str:
    """What the picture shows, for whoever cannot see it."""
    lanes = ", ".join(words.ROLES[lane] for lane in chart(definition).lanes)
    steps = "; ".join(words.heading(step) for step in definition.walk())
    said = (
        f"Swimlanes of {lanes}: starts {words.starts(definition.trigger)}; then {steps}; finished"
    )
    return clip(" ".join(clean(said).split()), 600)


def steps_in_lines(definition: Definition) -> Iterator[str]:
    """Each step with who answers for it and its delay, those of branches after their branch."""
    for step in definition.walk():
        detail = words.detail(step)
        said = f"{words.heading(step)}: {detail}" if detail else words.heading(step)
        delay = f", after {step.after}" if step.after else ""
        yield f"{' '.join(clean(said).split())} ({words.ROLES[step.owner]}{delay})"


def _facts(definition: Definition) -> Iterator[tuple[str, str]]:
    yield "Starts", plain(words.starts(definition.trigger))
    trigger = TRIGGERS.get(definition.trigger.event or definition.trigger.detector or "")
    if trigger is not None:
        yield "That is", plain(trigger.what)
    yield "How often", plain(words.how_often(definition.enrol))
    if definition.filter:
        yield "Only for", plain(in_words(definition.filter))
    if definition.entry:
        yield "Begins only if", plain(in_words(definition.entry))
    if ends := words.ends(definition):
        yield "Ends early when", plain(ends)
    if definition.goal:
        goal = definition.goal
        yield "Goal", f"{plain(in_words(goal.condition))}, within {goal.within}"
    if any(step.kind in TOUCHES for step in definition.walk()):
        sends = definition.touches == "send"
        yield "To customers", "goes out by itself" if sends else "a person approves each first"
    yield "As shipped", "on" if definition.enabled else "off"
    yield "Success", plain(definition.success_measure)
    yield "Process owner", plain(definition.process_owner)
    yield "Review", f"{definition.review_on}"


def _steps(steps: Sequence[Step], depth: int = 0) -> Iterator[str]:
    indent = "   " * depth
    for nth, step in enumerate(steps, 1):
        detail = words.detail(step)
        said = f"{words.heading(step)}: {detail}" if detail else words.heading(step)
        delay = f", after {step.after}" if step.after else ""
        yield f"{indent}{nth}. {plain(said)} · *{words.ROLES[step.owner]}{delay}*"
        for arm in step.branch or []:
            said = f"if {in_words(arm.if_)}" if arm.if_ is not None else "otherwise"
            yield f"{indent}   - {plain(said)}:"
            yield from _steps(arm.steps, depth + 2)


def _who(definition: Definition) -> Iterator[str]:
    raci = definition.raci
    yield f"| Responsible | {_named(raci.responsible)} |"
    yield f"| Accountable | {plain(raci.accountable)} |"
    yield f"| Consulted | {_named(raci.consulted)} |"
    yield f"| Informed | {_named(raci.informed)} |"


def _named(people: list[str]) -> str:
    return ", ".join(plain(one) for one in people) or "–"


def index(definitions: Iterable[Definition]) -> str:
    rows = (
        f"| [{plain(one.title)}]({one.name}.md) | {plain(words.starts(one.trigger))} "
        f"| {plain(one.purpose)} |"
        for one in definitions
    )
    head = [GENERATED, "", "# The playbooks of csbot", "", "How they are written: "]
    head[-1] += "[playbooks.md](../playbooks.md)."
    return "\n".join([*head, "", "| playbook | starts | what for |", "|---|---|---|", *rows]) + "\n"
