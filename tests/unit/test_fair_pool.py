from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import cast

import pytest
from sqlalchemy import Engine, create_engine, exc, text

from csbot.db.fair import FairPool


@pytest.fixture
def one_connection(tmp_path: Path) -> Iterator[Engine]:
    """SQLite only: PostgreSQL keeps its own pool."""
    engine = create_engine(
        f"sqlite:///{tmp_path / 'x.db'}", poolclass=FairPool, pool_size=1, max_overflow=0,
        pool_timeout=60, connect_args={"check_same_thread": False},
    )  # fmt: skip
    yield engine
    engine.dispose()


def in_line(engine: Engine) -> int:
    return len(cast(FairPool, engine.pool)._line)


def wait_for_line(engine: Engine, length: int) -> None:
    while in_line(engine) < length:
        Event().wait(0.001)


def test_who_has_just_had_the_connection_waits_behind_those_who_stand_there(
    one_connection: Engine,
) -> None:
    order: list[str] = []

    def work(name: str) -> None:
        with one_connection.connect() as connection:
            connection.execute(text("SELECT 1"))
            order.append(name)

    mine = one_connection.connect()
    threads = []
    for place, name in enumerate(("first", "second", "third"), start=1):
        threads.append(Thread(target=work, args=[name]))
        threads[-1].start()
        wait_for_line(one_connection, place)
    mine.close()
    work("again")
    for thread in threads:
        thread.join()
    assert order == ["first", "second", "third", "again"]


def test_who_waits_too_long_is_told_and_leaves_the_line(tmp_path: Path) -> None:
    engine = create_engine(
        f"sqlite:///{tmp_path / 'x.db'}", poolclass=FairPool, pool_size=1, max_overflow=0,
        pool_timeout=0.01, connect_args={"check_same_thread": False},
    )  # fmt: skip
    with engine.connect(), pytest.raises(exc.TimeoutError):
        engine.connect()
    assert in_line(engine) == 0
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_connection_that_cannot_be_made_keeps_nobody_waiting(tmp_path: Path) -> None:
    engine = create_engine(
        f"sqlite:///{tmp_path / 'missing' / 'x.db'}", poolclass=FairPool, pool_size=1,
        max_overflow=0, pool_timeout=0.01,
    )  # fmt: skip
    for _ in range(2):
        with pytest.raises(exc.OperationalError):
            engine.connect()
    (tmp_path / "missing").mkdir()
    engine.connect().close()
    engine.dispose()


def test_a_connection_that_broke_is_replaced(one_connection: Engine) -> None:
    with one_connection.connect() as connection:
        connection.invalidate()
    with one_connection.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
