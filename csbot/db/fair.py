"""SQLite's one connection, for whoever has waited longest."""

from collections import deque
from threading import Lock
from typing import Any

from sqlalchemy.exc import TimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool


class FairPool(QueuePool):
    """A pool of one in which nobody pushes in.

    SQLAlchemy's own queue wakes whoever waits, but the thread that has just given the connection
    back is running and takes it again: under load the slowest waited for seconds.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard, self._line = Lock(), deque[Lock]()
        self._taken = False

    def _do_get(self) -> ConnectionPoolEntry:
        self._stand_in_line()
        try:
            return super()._do_get()
        except BaseException:
            self._next()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._next()

    def _stand_in_line(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = Lock()
            turn.acquire()
            self._line.append(turn)
        if not turn.acquire(timeout=self._timeout):
            self._leave(turn)

    def _leave(self, turn: Lock) -> None:
        with self._guard:
            if turn not in self._line:
                return  # it has just become our turn
            self._line.remove(turn)
        raise TimeoutError(f"the database was busy for {self._timeout:g} seconds")

    def _next(self) -> None:
        with self._guard:
            self._taken = bool(self._line)
            if self._line:
                self._line.popleft().release()
