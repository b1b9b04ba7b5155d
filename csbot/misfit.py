"""What is wrong with a value that somebody wrote, in words for who wrote it.

The library that finds it has words for programmers: valid integers, extra inputs.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from csbot.meant import did_you_mean

T = TypeVar("T", bound=BaseModel)
WORDS = {
    "string_type": "must be a text",
    "string_too_short": "is empty; say it in a few words",
    "string_too_long": "is longer than {max_length} characters; shorten it",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number, and not so long",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "too_short": "is empty; it needs at least one line",
    "dict_type": "must be a table of names and values",
    "model_type": "must be a table of names and values",
    "ip_v4_network": "must be a network like 10.0.0.0/8",
    "ip_v6_network": "must be a network like 10.0.0.0/8",
    "literal_error": "must be {expected}",
    "missing": "is missing; add it",
}
ODD = "is not written as it should be"


def fitting(
    problems: list[str], model: type[T], values: dict[str, Any], *, name: Callable[[str], str]
) -> tuple[T, set[str]]:
    """The defaults stand in for what is wrong, so that the rest can be looked at, too.

    Also the names, at the top of the model, of all that was wrong; `problems` says what is.
    """
    try:
        return model(**values), set()
    except ValidationError as error:
        found = error.errors(include_url=False)
    problems += dict.fromkeys(f"{name(_where(one))}: {told(one, model)}" for one in found)
    wrong = {str(one["loc"][0]) for one in found}
    right = {name: value for name, value in values.items() if name not in wrong}
    fields = {name: field for name, field in model.model_fields.items() if name in wrong}
    usual = {name: one.get_default(call_default_factory=True) for name, one in fields.items()}
    return model(**right, **usual), wrong


def _where(error: ErrorDetails) -> str:
    """The library's own notes on the way there, which stand in brackets, say nothing to people."""
    return ".".join(str(part) for part in error["loc"] if "[" not in str(part))


def told(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What follows the name of the value, as in: must be a whole number from 0 to 730."""
    kind, at = error["type"], place(model, error["loc"])
    if kind == "extra_forbidden":
        return unknown(str(error["loc"][-1]), names(model, error["loc"][:-1]), "setting")
    if kind in ("literal_error", "enum"):
        return choice(error)
    if kind == "value_error":
        return error["msg"].removeprefix("Value error, ")
    if at.get("type") in ("integer", "number"):
        return f"must be {_number(at)}"
    if at.get("format") == "time":
        return "must be a time of the day like 09:00"
    if kind == "string_pattern_mismatch" and "examples" in at:
        return f"must be like `{at['examples'][0]}`"
    return WORDS.get(kind, ODD).format(**error.get("ctx", {}))


def sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The same for who has just typed the value: Write a whole number from 0 to 730."""
    words = re.sub("^must be ", "write ", told(error, model))
    return words[:1].upper() + words[1:] + ("" if words.endswith("?") else ".")


def choice(error: ErrorDetails) -> str:
    """One of a few words."""
    context = error.get("ctx", {})
    expected = context["expected"].replace("'", "`").replace("True", "true")
    hint = did_you_mean(str(error["input"]), re.findall("'(.*?)'", context["expected"]))
    return f"must be {expected}{hint}"


def unknown(word: str, known: Sequence[str], what: str = "field") -> str:
    hint = did_you_mean(word, known) or f"; there are: {', '.join(known)}"
    return f"there is no {what} `{word[:60]}`{hint}"


def names(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Of the values that a model has at a place."""
    return list(place(model, path).get("properties", {}))


def place(model: type[BaseModel], path: tuple[int | str, ...]) -> dict[str, Any]:
    """What the model says of a place; a number in the path is a line of a list."""
    schema = _schema(model)
    here = schema
    for part in path:
        known = here.get("properties", {}).get(part) or here.get("additionalProperties")
        here = _resolved(here.get("items") if isinstance(part, int) else known, schema)
    return here


def _resolved(here: object, schema: dict[str, Any]) -> dict[str, Any]:
    """Past the choice of nothing, and references."""
    if not isinstance(here, dict):
        return {}
    for part in here.get("anyOf", ()):
        if part.get("type") != "null":
            return _resolved(part, schema)
    if "$ref" in here:
        return dict(schema["$defs"][here["$ref"].rsplit("/", 1)[-1]])
    return here


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    made = model.model_json_schema()
    return made | made["$defs"][made["$ref"].rsplit("/", 1)[-1]] if "$ref" in made else made


def _number(at: dict[str, Any]) -> str:
    """As in: a number above 0, at most 60."""
    what = "a whole number" if at["type"] == "integer" else "a number"
    least, most, above = (at.get(n) for n in ("minimum", "maximum", "exclusiveMinimum"))
    if least is not None and most is not None:
        return f"{what} from {least:,} to {most:,}"
    if least is not None:
        return f"{what}, {least:,} or more"
    if above is not None:
        return f"{what} above {above:,}" + (f", at most {most:,}" if most is not None else "")
    return what
