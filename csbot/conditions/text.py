"""How texts are compared: the same in Python and in both databases.

Of case only A to Z is folded, as SQLite knows no more; `_` and `-` are as good as a blank, and
blanks around it are none. What is blank is not known.
"""

from string import ascii_lowercase, ascii_uppercase
from typing import Any

from sqlalchemy import ColumnElement, String, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

_LOWER = str.maketrans(ascii_uppercase + "_-", ascii_lowercase + "  ")


def fold(text: str) -> str:
    return text.translate(_LOWER).strip(" ")


def folded(column: Any) -> ColumnElement[str | None]:
    """The column as `fold` makes it, NULL where nothing is left."""
    plain = func.replace(func.replace(ascii_lower(column), "_", " "), "-", " ")
    return func.nullif(func.trim(plain), "")


class ascii_lower(GenericFunction[str]):
    """PostgreSQL's own lower() folds as much as its locale says."""

    type = String()
    inherit_cache = True


@compiles(ascii_lower)
def _plain(element: ascii_lower, compiler: Any, **how: Any) -> str:
    return f"lower({compiler.process(element.clauses, **how)})"


@compiles(ascii_lower, "postgresql")
def _in_c(element: ascii_lower, compiler: Any, **how: Any) -> str:
    return f'lower(({compiler.process(element.clauses, **how)}) COLLATE "C")'
