"""PostgreSQL connections that outlive the engine of one test, for the next one's.

A new one costs both sides 5 ms, and has the catalogue of every table to read once more.
"""

from collections import defaultdict
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event

MOST = 8


class Kept:
    def __init__(self) -> None:
        self._idle: dict[str, list[Connection]] = defaultdict(list)
        self._places: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()

    def serve(self, engine: Engine) -> None:
        """From now on `engine` connects and closes by way of here."""
        dialect: Any = engine.dialect
        event.listen(dialect, "do_connect", self._connect)
        dialect.do_close = self._close

    def end(self) -> None:
        while self._idle:
            for connection in self._idle.popitem()[1]:
                connection.close()

    def _connect(self, dialect: Any, _: object, args: Any, told: dict[str, Any]) -> Connection:
        place = repr((args, sorted((name, one) for name, one in told.items() if name != "context")))
        while self._idle[place]:
            connection = self._idle[place].pop()
            if _alive(connection):
                return connection
            connection.close()
        made: Connection = dialect.connect(*args, **told)
        self._places[made] = place
        return made

    def _close(self, connection: Connection) -> None:
        """One that was left in the middle of something is not for others."""
        idle = self._idle[self._places[connection]]
        settled = connection.info.transaction_status == TransactionStatus.IDLE
        if settled and len(idle) < MOST:
            connection.autocommit = False
            idle.append(connection)
        else:
            connection.close()


def _alive(connection: Connection) -> bool:
    try:
        connection.execute("RESET ALL")
        connection.commit()
    except OperationalError:
        return False
    return True
