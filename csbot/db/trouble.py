"""Why a database cannot be used, in a sentence, and the mend."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

TROUBLE = (SQLAlchemyError, sqlite3.Error, OSError)
MENDS = {
    "sqlite": "check the path in DATABASE_URL: its folder must exist and be yours to write",
    "postgresql": "check DATABASE_URL, that the server runs, and that it has this database",
}


def reason(error: BaseException) -> str:
    """The driver's first line, which names hosts and files but no value of any row."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    told = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    lines = told.strip().splitlines()
    return lines[0] if lines else type(cause).__name__


def sentence(error: BaseException, kind: str) -> str:
    return f"The database cannot be used: {reason(error)}. Mend: {MENDS[kind]}."
