"""How much work the template of one letter may make: it is tried and written for many customers."""

from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import Environment, nodes, pass_context
from jinja2.runtime import Context

ROUNDS_MAX, JOINED_MAX, PLACES_MAX = 2_000, 20_000, 10
ROUNDS = " rounds"  # no template can name these: names have no blanks
_COUNTED = " counted"


class TooMuch(Exception):
    """More work than any letter is worth."""


def budget() -> dict[str, Any]:
    """What one letter has left, among its values."""
    return {ROUNDS: iter(range(ROUNDS_MAX))}


def growing(tree: nodes.Template) -> nodes.Node | None:
    """A list made of what a loop or a filter made: in lists of lists they double with each line."""
    lists: list[nodes.Tuple | nodes.List] = list(tree.find_all(nodes.List))
    lists += [made for made in tree.find_all(nodes.Tuple) if made.ctx == "load"]
    for made in lists:
        if not all(isinstance(item, nodes.Const | nodes.Getattr) for item in made.items):
            return made
    return None


def count_rounds(tree: nodes.Template, environment: Environment) -> None:
    """Let every loop of the template count its rounds."""
    for loop in list(tree.find_all(nodes.For)):
        counted = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
        loop.iter = counted.set_environment(environment)


@pass_context
def _counted(context: Context, several: Iterable[Any]) -> Iterator[Any]:
    for one in several:
        if next(context[ROUNDS], None) is None:
            raise TooMuch(f"go through lists more than {ROUNDS_MAX:,} times")
        yield one


def _joined(several: Iterable[Any], between: str = "") -> str:
    """Texts in a row; Jinja's own makes them of any length."""
    parts = [str(one) for one in several]
    if sum(map(len, parts)) + len(parts) * len(str(between)) > JOINED_MAX:
        raise TooMuch(f"join more than {JOINED_MAX:,} characters")
    return str(between).join(parts)


def _rounded(value: float, places: int = 0) -> float:
    """Jinja's own, with a method of rounding, works with numbers of as many digits as asked for."""
    if not 0 <= places <= PLACES_MAX:
        raise TooMuch(f"round to more than {PLACES_MAX} places")
    return round(value, places)


FILTERS = {_COUNTED: _counted, "join": _joined, "round": _rounded}
