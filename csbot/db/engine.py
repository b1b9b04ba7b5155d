"""Engines: SQLite as one careful writer, PostgreSQL as it comes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.fair import FairPool

_looking: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    # Usage comes with keys in no order, each on another page: these stay at hand (64 MB at most,
    # not 2), and go into the file once for many commits (16 MB of them, not 4).
    "PRAGMA cache_size=-65536",
    "PRAGMA wal_autocheckpoint=4096",
)


def open_database(url: str) -> Engine:
    """An engine for `url`; `postgres://` and `postgresql://` mean psycopg 3.

    Its errors never quote the values of a statement: they end in logs.
    """
    url = normalised(url)
    if url.startswith("sqlite"):
        return _sqlite(url)
    return create_engine(url, pool_pre_ping=True, hide_parameters=True)


def normalised(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def place(engine: Engine) -> str:
    """Which database it is, for a person who may have meant another one; without a password."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        return str(Path(url.database or "").resolve())
    return f"the database {url.database} at {url.host or 'this machine'}"


def readers(engine: Engine) -> Engine:
    """The same database for who only reads: on SQLite they wait for no writer, here or elsewhere.

    What writes by it fails with SQLITE_READONLY, and who wants several reads to agree says BEGIN.
    One connection, too: several threads that read at once wrest Python's lock from each other, at
    twice the time for each.
    """
    beside = _beside(engine)
    if beside is not engine:
        event.listen(engine, "engine_disposed", lambda _: beside.dispose())
    return beside


def looks(engine: Engine) -> sessionmaker[Session]:
    """For looks of a few statements: no transaction stays open, and none keeps writers waiting.

    One engine for all of them, which knows their statements from the time before.
    """
    if engine.dialect.name == "postgresql":
        return session_factory(engine.execution_options(isolation_level="AUTOCOMMIT"))
    beside = _looking.get(engine) or readers(engine)
    if beside is not engine:
        _looking[engine] = beside
    return session_factory(beside)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session of `readers` for a long look, of which no connection stays open."""
    beside = _beside(engine)
    try:
        with session_factory(beside)() as session:
            yield session
    finally:
        if beside is not engine:
            beside.dispose()


def session_factory(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


def _sqlite(url: str) -> Engine:
    _keep_private(make_url(url).database)
    engine = _one_connection(url)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_writing)
    return engine


def _beside(engine: Engine) -> Engine:
    """Itself where nobody who reads has to wait."""
    if engine.dialect.name != "sqlite" or not _is_file(engine.url.database):
        return engine
    beside = _one_connection(engine.url)
    event.listen(beside, "connect", _prepare_reading)
    return beside


def _one_connection(url: str | URL) -> Engine:
    # SQLite's own waiting is unfair, a line before one connection is not.
    return create_engine(
        url,
        poolclass=FairPool,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 10},
    )


def _keep_private(name: str | None) -> None:
    """A new file is its owner's alone; SQLite gives its companions the same permissions."""
    if name and _is_file(name) and Path(name).parent.is_dir():
        os.close(os.open(name, os.O_CREAT | os.O_RDWR, 0o600))


def _is_file(name: str | None) -> bool:
    """Not in memory, where each connection has a database of its own."""
    return bool(name) and not str(name).startswith((":", "file:"))


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _prepare_reading(connection: Any, _: object) -> None:
    connection.isolation_level = None
    for pragma in ("PRAGMA busy_timeout=10000", "PRAGMA query_only=ON"):
        connection.execute(pragma)


def _begin_writing(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once with "locked".
    connection.exec_driver_sql("BEGIN IMMEDIATE")
