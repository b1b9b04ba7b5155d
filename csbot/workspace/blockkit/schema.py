"""Small checks that add up to Block Kit's rules; each names the place by JSON pointer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    pointer: str
    message: str
    expected: str = ""

    def line(self, root: str) -> str:
        return f"{self.message} [json-pointer:{root}{self.pointer}]"

    def as_json(self, root: str) -> dict[str, Any]:
        return {
            "code": "failed_constraint",
            "message": self.message,
            "pointer": root + self.pointer,
            "constraint": {"type": self.message.split(" ")[0], "expected": self.expected},
        }


@dataclass
class Report:
    """What must be refused, and what is only over the smaller of two published limits."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def lines(self, root: str) -> list[str]:
        return [problem.line(root) for problem in self.errors]


@dataclass
class Walk:
    surface: str  # message, modal, home
    report: Report = field(default_factory=Report)
    block_type: str = ""
    charts_allowed: bool = True
    file_ready: Callable[[str], bool] = lambda _id: True
    focused: int = 0

    def wrong(self, pointer: str, message: str, expected: str = "") -> None:
        self.report.errors.append(Problem(pointer, message, expected))

    def doubtful(self, pointer: str, message: str) -> None:
        self.report.warnings.append(f"{message} [json-pointer:{pointer}]")


Check = Callable[[Any, str, Walk], None]
Rule = Callable[[dict[str, Any], str, Walk], None]


def length(value: str) -> int:
    """The larger of code points and UTF-16 units: which of them Slack counts is not known."""
    return max(len(value), len(value.encode("utf-16-le", "surrogatepass")) // 2)


def string(most: int = 255, least: int = 1, *, smaller: int | None = None) -> Check:
    def check(value: Any, at: str, walk: Walk) -> None:
        if not isinstance(value, str):
            return walk.wrong(at, "must be a string", "string")
        if length(value) < least:
            walk.wrong(at, f"must be more than {least - 1} characters", str(least))
        if length(value) > most:
            walk.wrong(at, f"must be less than {most + 1} characters", str(most))
        elif smaller is not None and length(value) > smaller:
            walk.doubtful(at, f"more than {smaller} characters")

    return check


def pattern(regex: str, name: str) -> Check:
    compiled = re.compile(regex)

    def check(value: Any, at: str, walk: Walk) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            walk.wrong(at, f"failed to match: {name}", name)

    return check


def whole(least: int, most: int) -> Check:
    def check(value: Any, at: str, walk: Walk) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            walk.wrong(at, "must be an integer", "integer")
        elif not least <= value <= most:
            walk.wrong(at, f"must be between {least} and {most}", f"{least}..{most}")

    return check


def number(value: Any, at: str, walk: Walk) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        walk.wrong(at, "must be a number", "number")


def flag(value: Any, at: str, walk: Walk) -> None:
    if not isinstance(value, bool):
        walk.wrong(at, "must be a boolean", "boolean")


def anything(_value: Any, _at: str, _walk: Walk) -> None:
    return None


def choice(*allowed: str) -> Check:
    def check(value: Any, at: str, walk: Walk) -> None:
        if value not in allowed:
            walk.wrong(at, f"must be one of: {', '.join(allowed)}", ", ".join(allowed))

    return check


def items(
    each: Check, least: int, most: int, *, smaller: int | None = None, smallest: int | None = None
) -> Check:
    """A list; beyond `smaller`, or below `smallest`, it is only doubtful."""

    def check(value: Any, at: str, walk: Walk) -> None:
        if not isinstance(value, list):
            return walk.wrong(at, "must be an array", "array")
        count = len(value)
        if count < least:
            walk.wrong(at, f"no fewer than {least} items allowed", str(least))
        if count > most:
            return walk.wrong(at, f"no more than {most} items allowed", str(most))
        if count > (smaller or most) or count < (smallest or least):
            walk.doubtful(at, f"{count} items")
        for index, entry in enumerate(value):
            each(entry, f"{at}/{index}", walk)

    return check


def obj(required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule) -> Check:
    known = {"type": anything, **required, **optional}

    def check(value: Any, at: str, walk: Walk) -> None:
        if not isinstance(value, dict):
            return walk.wrong(at, "must be an object", "object")
        for name in [name for name in required if value.get(name) is None]:
            walk.wrong(at, f"missing required field: {name}", name)
        for name, entry in value.items():
            if name not in known:
                walk.wrong(at, f"invalid additional property: {name}", name)
            elif entry is not None:
                known[name](entry, f"{at}/{name}", walk)
        for rule in rules:
            rule(value, at, walk)

    return check


def tagged(table: Mapping[str, Check], noun: str = "type") -> Check:
    """Chooses the check by the object's `type`."""

    def check(value: Any, at: str, walk: Walk) -> None:
        if not isinstance(value, dict):
            return walk.wrong(at, "must be an object", "object")
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in table:
            return walk.wrong(f"{at}/type", f"unsupported {noun}: {kind}", ", ".join(table))
        table[kind](value, at, walk)

    return check


def exactly_one(*names: str) -> Rule:
    def rule(value: dict[str, Any], at: str, walk: Walk) -> None:
        given = [name for name in names if value.get(name) is not None]
        if len(given) != 1:
            walk.wrong(at, f"must have exactly one of: {', '.join(names)}", ", ".join(names))

    return rule


def at_least_one(*names: str) -> Rule:
    def rule(value: dict[str, Any], at: str, walk: Walk) -> None:
        if not any(value.get(name) for name in names):
            walk.wrong(at, f"must have at least one of: {', '.join(names)}", ", ".join(names))

    return rule


def only_on(*surfaces: str) -> Rule:
    def rule(value: dict[str, Any], at: str, walk: Walk) -> None:
        if walk.surface not in surfaces:
            kind = value.get("type")
            walk.wrong(f"{at}/type", f"{kind} is not supported in a {walk.surface}", "")

    return rule
