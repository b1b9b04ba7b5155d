"""All that csbot keeps, counted and deleted: for whoever removes it for good."""

import warnings

from sqlalchemy import Table, delete, func, select
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import Session

from csbot.db.tables import metadata


def counted(session: Session) -> dict[str, int]:
    """Rows by table, of those tables that have any."""
    counts = select(
        *[select(func.count()).select_from(t).scalar_subquery().label(t.name) for t in _tables()]
    )
    found = session.execute(counts).one()._asdict()
    return {name: count for name, count in sorted(found.items()) if count}


def purge(session: Session) -> None:
    """Nothing is left but the empty tables."""
    for table in _tables():
        session.execute(delete(table))


def _tables() -> list[Table]:
    """Whoever points at others first; what points in a circle lets go by itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        return list(reversed(metadata.sorted_tables))
