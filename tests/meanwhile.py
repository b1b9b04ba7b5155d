"""Somebody else who comes between two statements, as a database with several writers lets them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

PATIENCE = 0.5  # seconds for one who need not wait; who has to comes after, and is waited for


@contextmanager
def meanwhile(engine: Engine, before: str, act: Callable[[], object]) -> Iterator[None]:
    """Right before the first statement with `before` in it `act` runs in a thread of its own."""
    begun: list[threading.Thread] = []
    wrong: list[BaseException] = []

    def go() -> None:
        try:
            act()
        except BaseException as error:
            wrong.append(error)

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if before in statement and not begun:
            begun.append(threading.Thread(target=go))
            begun[0].start()
            begun[0].join(PATIENCE)

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", look)
    assert begun, f"no statement with {before}"
    begun[0].join()
    assert wrong == []
