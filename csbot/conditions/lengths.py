"""How long it was from one moment to another, as both databases count it."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class whole_days(GenericFunction[int]):
    """From the first moment to the second, in whole days; 0 where that came first."""

    type = Integer()
    inherit_cache = True


@compiles(whole_days)
def _here(element: whole_days, compiler: Any, **how: Any) -> str:
    first, second = (compiler.process(part, **how) for part in element.clauses)
    seconds = (
        f"CAST(strftime('%s', {second}) AS INTEGER) - CAST(strftime('%s', {first}) AS INTEGER)"
    )
    return f"(max(0, {seconds}) / 86400)"


@compiles(whole_days, "postgresql")
def _there(element: whole_days, compiler: Any, **how: Any) -> str:
    first, second = (compiler.process(part, **how) for part in element.clauses)
    seconds = f"floor(extract(epoch FROM {second})) - floor(extract(epoch FROM {first}))"
    return f"CAST(floor(greatest(0, {seconds}) / 86400) AS INTEGER)"
