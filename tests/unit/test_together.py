"""Works that share a transaction: each all or nothing, answered only when it is committed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any, cast

import pytest
from sqlalchemy import Engine, event, exc, select, text
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.engine import reading
from csbot.db.fair import FairPool
from csbot.db.together import MOST, Together
from csbot.errors import Refused
from csbot.inbox.model import Received
from csbot.inbox.service import first_time
from tests import builders

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Work = Callable[[Session], Any]


def writes(name: str) -> Work:
    return lambda session: first_time(session, source="slack", event_id=name, now=NOW)


def refuses(session: Session) -> None:
    writes("undone")(session)
    raise Refused("not today")


def fails_in_a_flush(session: Session) -> None:
    """Two people of one address: SQLAlchemy ends the transaction around it."""
    session.add_all([builders.member("Dana"), builders.member("Dana")])
    session.flush()


class Crowd:
    """Threads that wait behind one that holds SQLite's only connection, in a known order."""

    def __init__(self, engine: Engine, together: Together) -> None:
        self._engine, self._together = engine, together
        self.commits = 0
        event.listen(engine, "commit", self._note)

    def _note(self, _: object) -> None:
        self.commits += 1

    def run(self, works: Sequence[Work]) -> list[Any]:
        """What each returned or raised."""
        found: list[Any] = [None] * len(works)

        def one(place: int) -> None:
            try:
                found[place] = self._together.run(works[place])
            except Exception as error:
                found[place] = error

        threads = [Thread(target=one, args=[place]) for place in range(len(works))]
        with self._engine.connect():
            for count, thread in enumerate(threads, start=1):
                thread.start()
                self._wait_for(count)
        for thread in threads:
            thread.join(20)
        return found

    def _wait_for(self, count: int) -> None:
        pool = self._engine.pool
        if isinstance(pool, FairPool):
            line = cast(Any, self._together)._write.__self__._line
            while len(line) < count or len(pool._line) < 1:
                Event().wait(0.001)


@pytest.fixture
def together(sessions: sessionmaker[Session]) -> Together:
    return Together(sessions)


@pytest.fixture
def crowd(engine: Engine, together: Together) -> Crowd:
    return Crowd(engine, together)


def kept(sessions: sessionmaker[Session]) -> set[str]:
    with sessions() as session:
        return set(session.scalars(select(Received.event_id)))


def test_who_waits_for_the_writer_shares_one_commit(
    crowd: Crowd, engine: Engine, sessions: sessionmaker[Session]
) -> None:
    assert crowd.run([writes(name) for name in "abc"]) == [True] * 3
    assert crowd.commits == (1 if engine.dialect.name == "sqlite" else 3)
    assert kept(sessions) == set("abc")


def test_a_crowd_is_let_in_by_so_many_at_once(
    crowd: Crowd, engine: Engine, sessions: sessionmaker[Session]
) -> None:
    names = [f"e{number}" for number in range(MOST + 1)]
    assert crowd.run([writes(name) for name in names]) == [True] * len(names)
    assert kept(sessions) == set(names)
    assert crowd.commits == (2 if engine.dialect.name == "sqlite" else len(names))


def test_what_is_refused_takes_back_its_own_and_nothing_else(
    crowd: Crowd, sessions: sessionmaker[Session]
) -> None:
    first, second, third = crowd.run([writes("a"), refuses, writes("b")])
    assert (first, third) == (True, True)
    assert isinstance(second, Refused)
    assert kept(sessions) == {"a", "b"}


def test_of_two_alike_that_wait_together_one_is_the_first(crowd: Crowd) -> None:
    assert sorted(crowd.run([writes("same"), writes("same")])) == [False, True]


def test_one_that_ends_the_transaction_costs_nobody_else_theirs(
    crowd: Crowd, sessions: sessionmaker[Session]
) -> None:
    first, second, third = crowd.run([writes("a"), fails_in_a_flush, writes("b")])
    assert (first, third) == (True, True)
    assert isinstance(second, exc.IntegrityError)
    assert kept(sessions) == {"a", "b"}


def test_a_commit_that_fails_is_told_to_everybody_in_it(
    crowd: Crowd, engine: Engine, sessions: sessionmaker[Session]
) -> None:
    def full(_: object) -> None:
        raise OSError("the disk is full")

    event.listen(engine, "commit", full)
    found = crowd.run([writes("a"), refuses, writes("b")])
    event.remove(engine, "commit", full)
    assert isinstance(found[0], OSError)
    assert isinstance(found[2], OSError)
    assert isinstance(found[1], Exception)
    assert kept(sessions) == set()
    assert crowd.run([writes("a")]) == [True]


def test_who_gets_no_connection_is_told_and_the_next_one_tries(
    together: Together, engine: Engine, sessions: sessionmaker[Session]
) -> None:
    if isinstance(engine.pool, FairPool):
        engine.pool._timeout = 0.01
        with engine.connect(), pytest.raises(exc.TimeoutError):
            together.run(writes("a"))
    assert together.run(writes("b"))
    assert kept(sessions) == {"b"}


def test_nothing_is_answered_before_it_is_committed(together: Together, engine: Engine) -> None:
    order: list[str] = []
    event.listen(engine, "commit", lambda _: order.append("commit"))
    together.run(writes("a"))
    order.append("answer")
    assert order == ["commit", "answer"]


def test_who_only_reads_waits_for_no_writer(
    together: Together, engine: Engine, sessions: sessionmaker[Session]
) -> None:
    together.run(writes("a"))
    with sessions.begin() as writer:
        writes("b")(writer)
        writer.flush()
        assert together.read(lambda session: session.scalar(select(Received.event_id))) == "a"


def test_what_is_committed_is_read(together: Together) -> None:
    for name in "ab":
        together.run(writes(name))
        newest = select(Received.event_id).order_by(Received.event_id.desc())
        assert together.read(lambda session: session.scalar(newest)) == name  # noqa: B023


def test_what_writes_though_it_was_to_read_writes_once(
    together: Together, sessions: sessionmaker[Session]
) -> None:
    assert together.read(writes("a"))
    assert kept(sessions) == {"a"}


def test_who_reads_for_long_leaves_no_connection_open(engine):
    with reading(engine) as session:
        beside = session.get_bind()
        session.execute(text("SELECT 1"))
        pool = beside.pool
    assert (beside.pool is pool) == (beside is engine)
