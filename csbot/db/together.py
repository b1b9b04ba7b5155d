"""What waits for SQLite at the same moment is done together: one thread, and one commit for all."""

import sqlite3
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.engine import readers, session_factory

T = TypeVar("T")
Work = Callable[[Session], Any]
MOST = 16  # works at a time: somebody else may be waiting for the connection


class Together:
    """Runs each work in a transaction that has ended when its result is returned.

    A commit on SQLite waits for the disk, and all who want to write wait for it, too. So whoever
    comes first does the work of all who come until then, each in a savepoint of its own, and one
    commit is for all. PostgreSQL's transactions commit side by side: there each has its own.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        engine = sessions.kw["bind"]
        beside = readers(engine)
        self._write: Callable[[Work], Any] = _Plain(sessions).run
        self._read = self._write
        if engine.dialect.name == "sqlite":
            self._write = Line(sessions, SHARED).run
        if beside is not engine:
            self._read = Line(session_factory(beside), EACH).run

    def run(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, or raises: then it alone has changed nothing."""
        found: T = self._write(work)
        return found

    def read(self, work: Callable[[Session], T]) -> T:
        """As `run`, for what only reads: beside whoever writes, for however long.

        If it writes after all nothing of it has happened, and it stands in line like the others.
        """
        try:
            found: T = self._read(work)
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_READONLY:
                raise
            return self.run(work)
        return found


class Steps(NamedTuple):
    """What is said to SQLite around each work."""

    before: str
    undo: str | None
    after: str


SHARED = Steps("SAVEPOINT work", "ROLLBACK TO work", "RELEASE work")
EACH = Steps("BEGIN", None, "COMMIT")  # who reads must see what was committed before they asked


class _Lost(Exception):
    """The whole transaction ended because of one work: nothing of any was written."""


class _Plain:
    """Each work in a transaction of its own."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def run(self, work: Work) -> Any:
        with self._sessions.begin() as session:
            return work(session)


class _Waiting:
    """One work, what came of it, and a lock that opens once that is known, or it leads."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.turn = Lock()
        self.turn.acquire()

    def end(self) -> None:
        self.done = True
        self.turn.release()


class Line(_Plain):
    """Before the one connection of an SQLite engine; its first one works for those behind it."""

    def __init__(self, sessions: sessionmaker[Session], steps: Steps) -> None:
        super().__init__(sessions)
        self._engine, self._steps = sessions.kw["bind"], steps
        self._guard, self._line = Lock(), deque[_Waiting]()
        self._led = False

    def run(self, work: Work) -> Any:
        mine = _Waiting(work)
        if not self._leads(mine):
            mine.turn.acquire()
        if not mine.done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.result

    def _leads(self, mine: _Waiting) -> bool:
        with self._guard:
            self._line.append(mine)
            first, self._led = not self._led, True
        return first

    def _lead(self) -> None:
        """Do the work of all who wait, one's own first, and let the next one lead."""
        group: list[_Waiting] = []
        try:
            with self._engine.begin() as connection:
                while waiting := self._next(len(group)):
                    group.append(waiting)
                    self._do(waiting, connection)
        except _Lost:
            for waiting in group:
                self._alone(waiting)
        except BaseException as error:
            group = group or [self._line.popleft()]  # its own: there was no connection
            for waiting in group:
                waiting.error = error
        finally:
            self._hand_on(group)

    def _next(self, taken: int) -> _Waiting | None:
        with self._guard:
            return self._line.popleft() if self._line and taken < MOST else None

    def _do(self, waiting: _Waiting, connection: Connection) -> None:
        # The session neither commits nor rolls back; a savepoint of SQLAlchemy's takes as long as
        # two statements, one of SQLite's nothing.
        session = self._sessions(bind=connection, join_transaction_mode="rollback_only")
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  a connected engine has one
        driver.execute(self._steps.before)
        try:
            waiting.result = waiting.work(session)
            session.commit()
        except Exception as error:
            waiting.error = error
            if not driver.in_transaction:  # by a flush that failed, or a full disk
                raise _Lost from error
            if self._steps.undo:
                driver.execute(self._steps.undo)
        finally:
            session.close()
        driver.execute(self._steps.after)

    def _alone(self, waiting: _Waiting) -> None:
        waiting.error = None
        try:
            waiting.result = super().run(waiting.work)
        except Exception as error:
            waiting.error = error

    def _hand_on(self, group: list[_Waiting]) -> None:
        with self._guard:
            following = self._line[0] if self._line else None
            self._led = following is not None
        for waiting in group:
            waiting.end()
        if following:
            following.turn.release()
