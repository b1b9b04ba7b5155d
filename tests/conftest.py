"""Fixtures for every test: a database of each kind, and the parts wired to it."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.engine import open_database, session_factory
from tests import databases

# Each test builds thousands of SQL expressions; looking for cycles at the usual pace takes an
# eighth of the run.
gc.set_threshold(50_000, 10, 10)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with databases.postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """One migrated PostgreSQL database for the whole run; tests share it one after another."""
    with databases.fresh_postgres(postgres_server) as url:
        databases.migrated(url).dispose()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "csbot.db"
    engine = databases.migrated(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture(params=databases.KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated database: each test that asks runs on both kinds."""
    if request.param == "sqlite":
        return databases.copy_of_template(request.getfixturevalue("sqlite_template"), tmp_path)
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    if engine.dialect.name == "postgresql":
        databases.empty(engine)
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)
