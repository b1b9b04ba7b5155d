"""What is left of a file when all that has not the shape of a playbook is taken out of it.

So the rest can be examined at once: whoever mends a file is not sent back for each kind of mistake.
"""

from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from csbot.playbooks.definition import Definition
from csbot.playbooks.problems import Path

ROUNDS = 20
STEP = {"onboarding": {"start": True}}  # in the place of a step: the examination has no word on it
STAND_IN: dict[str, Any] = {
    "name": "nameless", "title": "-", "purpose": "-", "steps": [STEP], "enrol": "once",
    "raci": {"responsible": ["csm"], "accountable": "manager"}, "process_owner": "manager",
    "review_on": "9999-12-31", "success_measure": "-",
}  # fmt: skip


def mended(data: Any) -> Definition | None:
    """None where too little is left: without its trigger nobody knows what a file can mean."""
    left = deepcopy(data)
    for _ in range(ROUNDS if isinstance(left, dict) else 0):
        try:
            return Definition.model_validate(left)
        except ValidationError as error:
            paths = [tuple(each["loc"]) for each in error.errors(include_url=False)]
        if any(path[:1] == ("trigger",) for path in paths):
            return None
        for path in paths:
            _mend(left, path)
    return None


def _mend(left: dict[str, Any], path: Path) -> None:
    """Take out a value of a step, else the step, else all of that name."""
    step = _step(path)
    if step and _there(left, path[:step]):
        there = next(n for n in range(len(path), step - 1, -1) if _there(left, path[:n]))
        inner = path[:there]
        if "branch" not in inner[step:] and there == len(path) > step + 1:
            del _at(left, inner[:-1])[inner[-1]]
        else:
            _at(left, path[: step - 1])[path[step - 1]] = deepcopy(STEP)
    elif path[0] in STAND_IN:
        left[str(path[0])] = deepcopy(STAND_IN[str(path[0])])
    else:
        left.pop(str(path[0]), None)


def _step(path: Path) -> int:
    """How much of a path leads to the innermost step; 0 outside of steps."""
    ends = [n + 2 for n, part in enumerate(path[:-1]) if part == "steps"]
    return max((end for end in ends if isinstance(path[end - 1], int)), default=0)


def _at(left: Any, path: Path) -> Any:
    for part in path:
        left = left[part]
    return left


def _there(left: Any, path: Path) -> bool:
    try:
        _at(left, path)
    except (LookupError, TypeError):
        return False
    return True
