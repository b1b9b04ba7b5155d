"""Fixtures for every test: a database of each kind, and the parts wired to it."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from httpx import create_ssl_context
from httpx._transports import default as transports
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.util import LRUCache

from csbot.db import engine as engines
from csbot.db.engine import open_database, session_factory
from tests import databases
from tests.kept import Kept
from tests.prompt import PromptServer

# Each test builds thousands of SQL expressions; looking for cycles at the usual pace takes an
# eighth of the run.
gc.set_threshold(50_000, 10, 10)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no later look for cycles walks it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def warm_engines() -> Iterator[None]:
    """Engines of a kind share what they have compiled: for each test anew, it takes a fifth of
    the run. Compiled statements are kept by dialect, so they share that as well, and those of
    PostgreSQL their connections. What a test writes need not survive a power cut.
    """
    first: dict[str, Engine] = {}
    compiled: Any = LRUCache(3_000)
    kept = Kept()

    def warm(*args: Any, **more: Any) -> Engine:
        made = create_engine(*args, execution_options={"compiled_cache": compiled}, **more)
        if made.name == "postgresql":
            kept.serve(made)
        if known := first.get(made.name):
            made.dialect = known.dialect
        else:
            with suppress(OperationalError):  # there may be nothing at the address
                made.connect().close()  # from then on the dialect knows its server
                made.dispose()
                first[made.name] = made
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "create_engine", warm)
        patch.setattr(engines, "PRAGMAS", [*engines.PRAGMAS, "PRAGMA synchronous=OFF"])
        yield
    kept.end()


@pytest.fixture(scope="session", autouse=True)
def prompt_servers() -> Iterator[None]:
    """The workspace's server, too, ends at once: a second test in three waits for nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn, "Server", PromptServer)
        yield


@pytest.fixture(scope="session", autouse=True)
def known_authorities() -> Iterator[None]:
    """To read all certificate authorities takes 45 ms, and each `httpx.post` reads them anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transports, "create_ssl_context", cache(create_ssl_context))
        yield


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
