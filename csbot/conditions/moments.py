"""A moment as text that both databases write alike."""

from typing import Any

from sqlalchemy import String, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class utc_text(GenericFunction[str]):
    """To the minute, like 2026-12-04T10:00Z."""

    type = String()
    inherit_cache = True


@compiles(utc_text)
def _here(element: utc_text, compiler: Any, **how: Any) -> str:
    (moment,) = (compiler.process(part, **how) for part in element.clauses)
    return f"strftime('%Y-%m-%dT%H:%MZ', {moment})"


@compiles(utc_text, "postgresql")
def _there(element: utc_text, compiler: Any, **how: Any) -> str:
    (moment,) = (compiler.process(part, **how) for part in element.clauses)
    return f"""to_char(({moment}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')"""


def utc_day(moment: Any) -> Any:
    """The same to the day, like 2026-12-04."""
    return func.substr(utc_text(moment), 1, 10, type_=String())
