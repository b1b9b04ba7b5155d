"""Engines: SQLite as one careful writer, PostgreSQL as it comes."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.fair import FairPool

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
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


def session_factory(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


def _sqlite(url: str) -> Engine:
    _keep_private(make_url(url).database)
    # One connection a process: SQLite's own waiting is unfair, a line before one connection is not.
    engine = create_engine(
        url,
        poolclass=FairPool,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 10},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_writing)
    return engine


def _keep_private(name: str | None) -> None:
    """A new file is its owner's alone; SQLite gives its companions the same permissions."""
    path = Path(name or ":memory:")
    if name and not name.startswith((":", "file:")) and path.parent.is_dir():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_writing(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once with "locked".
    connection.exec_driver_sql("BEGIN IMMEDIATE")
