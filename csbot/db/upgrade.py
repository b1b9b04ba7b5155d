"""Brings a database to the schema this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from csbot.db import locks

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    with engine.connect() as connection:
        _foreign_keys(connection, on=False)
        with connection.begin():
            locks.alone(connection, locks.UPGRADE)  # two deploys at once take turns
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        _foreign_keys(connection, on=True)


def pending(engine: Engine) -> bool:
    """Whether `csbot db upgrade` has something to do."""
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return set(current) != set(ScriptDirectory.from_config(alembic_config()).get_heads())


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  a connected engine has one
        driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
