"""Whether the database is to blame for an error, or what was asked of it."""

from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Classes of PostgreSQL's codes: connection, transaction state, undone for another's sake, out of
# room, locked, told to stop, the system beneath. Not 54, "too long for an index", as a tag may be.
OF_ITS_OWN = ("08", "25", "40", "53", "55", "57", "58")


def is_away(error: BaseException) -> bool:
    """It is gone, full, locked, or gave up for another's sake: the same may work in a minute."""
    if isinstance(error, PendingRollbackError | PoolTimeout | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code: str | None = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return error.connection_invalidated or code.startswith(OF_ITS_OWN)
    said = getattr(error.orig, "sqlite_errorname", None)  # SQLITE_ERROR is a wrong statement
    return isinstance(error, OperationalError) and said != "SQLITE_ERROR"
