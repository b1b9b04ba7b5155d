"""Runs migrations on the connection it is given.

On SQLite a batch migration rebuilds a table; with foreign keys on, that deletes its child rows.
So they are off while it runs and checked before it is committed.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from csbot.db.tables import metadata


def plain_type(kind: str, item: Any, _: object) -> str | Literal[False]:
    """New migrations name database types, so that they outlive our own type classes."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration breaks {len(broken)} references")


run(context.config.attributes["connection"])
