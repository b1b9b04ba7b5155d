"""A playbook as swimlanes: which box stands in which lane and row, and what follows what.

Every box has a row of its own, so that no two can overlap however long their words are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from csbot.conditions.words import in_words
from csbot.playbooks import words
from csbot.playbooks.definition import TOUCHES, Definition, Step

LANES = ("csbot", "owner", "csm", "manager", "admin", "customer")
RECEIVERS = {"owner": "owner", "manager": "manager"}


@dataclass(frozen=True)
class Box:
    """`kind` is start, step, touch, wait, decide, arm or end; `delay` is what passes before it.

    `receiver` is the lane that something goes over to.
    """

    lane: str
    kind: str
    heading: str
    detail: str = ""
    delay: str = ""
    receiver: str | None = None


@dataclass
class Chart:
    """`flow` has pairs of rows: from the one box to the other."""

    title: str
    boxes: list[Box] = field(default_factory=list)
    flow: list[tuple[int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def lanes(self) -> list[str]:
        used = {box.lane for box in self.boxes} | {box.receiver for box in self.boxes}
        return [lane for lane in LANES if lane in used]

    def add(self, box: Box, after: Iterable[int]) -> int:
        self.boxes.append(box)
        here = len(self.boxes) - 1
        self.flow += [(before, here) for before in after]
        return here


def chart(definition: Definition) -> Chart:
    made = Chart(definition.title, notes=list(_notes(definition)))
    start = made.add(Box("csbot", "start", "Starts", words.starts(definition.trigger)), [])
    tails = _follow(made, definition.steps, [start])
    made.add(Box("csbot", "end", "Finished"), tails)
    return made


def _follow(made: Chart, steps: Iterable[Step], tails: list[int]) -> list[int]:
    """Returns the boxes that have nothing behind them yet."""
    for step in steps:
        here = made.add(_box(step), tails)
        tails = _arms(made, step, here) if step.branch else [here]
    return tails


def _arms(made: Chart, step: Step, here: int) -> list[int]:
    tails: list[int] = []
    for nth, arm in enumerate(step.branch or []):
        said = in_words(arm.if_) if arm.if_ is not None else ""
        heading = ("Otherwise, if" if nth else "If") if said else "Otherwise"
        first = made.add(Box("csbot", "arm", heading, said), [here])
        tails += _follow(made, arm.steps, [first])
    if all(arm.if_ is not None for arm in step.branch or []):
        tails.append(made.add(Box("csbot", "arm", "Otherwise", "go on"), [here]))
    return tails


def _box(step: Step) -> Box:
    kind = {"wait": "wait", "branch": "decide"}.get(step.kind, "step")
    delay = f"after {step.after}" if step.after else ""
    receiver = _receiver(step)
    return Box(step.owner, kind, words.heading(step), words.detail(step), delay, receiver)


def _receiver(step: Step) -> str | None:
    if step.kind in TOUCHES:
        return "customer"
    to = "manager" if step.kind == "escalate" else getattr(step.spec, "to", "")
    lane = RECEIVERS.get(to)
    return lane if lane != step.owner else None


def _notes(definition: Definition) -> Iterator[str]:
    if definition.filter:
        yield f"Only for: {in_words(definition.filter)}"
    if definition.entry:
        yield f"Begins only if: {in_words(definition.entry)}"
    if ends := words.ends(definition):
        yield f"Ends early when: {ends}"
    if definition.goal:
        goal = definition.goal
        yield f"Goal: {in_words(goal.condition)}, within {goal.within}"
    if any(step.kind in TOUCHES for step in definition.walk()):
        sends = definition.touches == "send"
        yield f"To customers: {'goes out by itself' if sends else 'a person approves each first'}"
