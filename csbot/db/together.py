"""What waits for SQLite's one writer at the same moment is written in one transaction."""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

T = TypeVar("T")
Work = Callable[[Session], Any]
MOST = 16  # works in one transaction: somebody else may be waiting for it


class Lost(Exception):
    """The whole transaction ended because of one work: nothing of any was written."""


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


class Together:
    """Runs each work in a transaction that is committed when `run` returns.

    A commit on SQLite waits for the disk, and all who want to write wait for it, too. So whoever
    comes first does the work of all who come until then, each in a savepoint of its own, and one
    commit is for all. PostgreSQL's transactions commit side by side: there each has its own.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        engine = sessions.kw["bind"]
        self._engine: Engine | None = engine if engine.dialect.name == "sqlite" else None
        self._guard, self._line = Lock(), deque[_Waiting]()
        self._led = False

    def run(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, or raises: then it alone has changed nothing."""
        if self._engine is None:
            with self._sessions.begin() as session:
                return work(session)
        mine = _Waiting(work)
        if not self._leads(mine):
            mine.turn.acquire()
        if not mine.done:
            self._lead(self._engine)
        if mine.error is not None:
            raise mine.error
        found: T = mine.result
        return found

    def _leads(self, mine: _Waiting) -> bool:
        with self._guard:
            self._line.append(mine)
            first, self._led = not self._led, True
        return first

    def _lead(self, engine: Engine) -> None:
        """Do the work of all who wait, one's own first, and let the next one lead."""
        group: list[_Waiting] = []
        try:
            with engine.begin() as connection:
                while waiting := self._next(len(group)):
                    group.append(waiting)
                    self._do(waiting, connection)
        except Lost:
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
        driver.execute("SAVEPOINT work")
        try:
            waiting.result = waiting.work(session)
            session.commit()
        except Exception as error:
            waiting.error = error
            if not driver.in_transaction:  # by a flush that failed, or a full disk
                raise Lost from error
            driver.execute("ROLLBACK TO work")
        finally:
            session.close()
        driver.execute("RELEASE work")

    def _alone(self, waiting: _Waiting) -> None:
        waiting.error = None
        try:
            with self._sessions.begin() as session:
                waiting.result = waiting.work(session)
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
