"""What may go wrong on purpose. Anything else is a bug and goes to the log."""

from collections.abc import Callable, Generator, Iterable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Refused(Exception):
    """A person asked for something the rules do not allow. Shown to them as is.

    `also` are refusals of other fields of the same form.
    """

    def __init__(
        self, reason: str, *, field: str | None = None, also: Sequence["Refused"] = ()
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field  # block_id of the form's input to mark
        self.also = tuple(also)

    @property
    def all(self) -> tuple["Refused", ...]:
        return (self, *self.also)


class Forbidden(Refused):
    """Allowed for someone, not for this person: whoever is told hears which admin can do what."""

    an_admin_can = "help"


class NotYourRole(Forbidden):
    """Allowed for people of another role."""

    an_admin_can = "change your role"


Wrong = Generator[Refused, None, None]  # what a rule refuses, in the order of the form


def all_at_once(rule: Callable[P, Generator[Refused, None, T]]) -> Callable[P, T]:
    """A rule that yields what it refuses: all of it is raised as one, so nobody mends by turns.

    What it raises itself is the last of it.
    """

    @wraps(rule)
    def checked(*args: P.args, **more: P.kwargs) -> T:
        found, steps = list[Refused](), rule(*args, **more)
        while True:
            try:
                found.append(next(steps))
            except StopIteration as end:
                refuse(found)
                return end.value  # type: ignore[no-any-return]
            except Refused as last:
                refuse([*found, last])

    return checked


def tried(*rules: Callable[[], object]) -> Wrong:
    """What each of these rules refuses."""
    for rule in rules:
        try:
            rule()
        except Refused as refusal:
            yield refusal


def refuse(found: Iterable[Refused]) -> None:
    """Raise them as one, the first of each field; what concerns none only where no field is wrong.

    Whoever may not do it at all hears that alone.
    """
    every = [one for refusal in found for one in refusal.all]
    for one in every:
        if isinstance(one, Forbidden):
            raise one
    fields = {one.field: one for one in reversed(every) if one.field is not None}
    if fields:
        first, *rest = (one for one in every if one.field and fields[one.field] is one)
        raise first if not rest else Refused(first.reason, field=first.field, also=rest)
    if every:
        raise every[0]
