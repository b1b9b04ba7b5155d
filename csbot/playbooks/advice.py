"""What works and is unwise all the same: printed as warnings, in nobody's way."""

from collections.abc import Iterator

from csbot.playbooks.case import Case
from csbot.playbooks.problems import Problem


def warnings(case: Case) -> Iterator[Problem]:
    d = case.definition
    if d.review_on < case.today:
        yield _warn(case, "review_on", "`review_on` is past; review it and set the next day")
    if not case.touches:
        return
    if d.goal is None:
        yield _warn(
            case, "steps", "writes to customers without a `goal`: nobody can say if it helps"
        )
    lasts = d.exit_with_cause and (d.trigger.detector or d.trigger.entering or d.trigger.leaving)
    if d.exit is None and not lasts and any(s.wait or s.after for s in d.walk()):
        yield _warn(
            case, "steps", "waits without an `exit`: it goes on when it is no longer needed"
        )


def _warn(case: Case, name: str, message: str) -> Problem:
    return case.marks.problem((name,), message, warning=True)
