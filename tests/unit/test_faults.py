"""Errors that people met, kept through an outage of the database."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from csbot.db.engine import session_factory
from csbot.faults import Fault, Faults

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def codes(engine):
    with session_factory(engine)() as session:
        return set(session.scalars(select(Fault.code)))


@pytest.fixture
def lost(engine):
    """The answer to the first commit does not arrive, though it is done."""
    left = [True]

    def lose(connection):
        if left and left.pop():
            connection.connection.driver_connection.commit()
            raise OperationalError("COMMIT", {}, Exception("the connection was lost"))

    event.listen(engine, "commit", lose)
    yield left
    event.remove(engine, "commit", lose)


def test_an_answer_that_was_lost_keeps_no_later_fault_from_being_written(engine, lost):
    faults = Faults(session_factory(engine))
    told = {faults.note(ValueError(), asked="command my", now=NOW) for _ in range(3)}
    faults.keep()
    assert not lost
    assert codes(engine) == told
