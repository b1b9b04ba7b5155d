"""What one person asks the worker for, pressed several times in one moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.errors import Refused
from csbot.inbox import asked
from csbot.inbox.model import Received
from csbot.team.model import TeamMember
from tests.builders import MONDAY, member

PRESSES = 6


def press(sessions: sessionmaker[Session], what: str, now: datetime) -> bool:
    with sessions.begin() as session:
        dana = session.scalars(select(TeamMember)).one()
        return asked.note(session, "file", "list", what=what, by=dana, now=now)


def noted(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Received)) or 0


@pytest.mark.parametrize(("alike", "left"), [(True, 1), (False, asked.MOST)])
def test_presses_of_one_moment_are_counted_one_after_the_other(
    sessions: sessionmaker[Session], alike: bool, left: int
) -> None:
    with sessions.begin() as session:
        session.add(member("Dana Reyes"))
    gate = Barrier(PRESSES)

    def one(number: int) -> bool:
        gate.wait()
        try:
            what = "all" if alike else f"list {number}"
            return press(sessions, what, MONDAY + timedelta(microseconds=number - 3))
        except Refused:
            return False

    with ThreadPoolExecutor(PRESSES) as pool:
        assert sum(pool.map(one, range(PRESSES))) == left
    assert noted(sessions) == left


def test_a_second_press_within_a_minute_is_the_same_wish_though_it_is_answered_already(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        session.add(member("Dana Reyes"))
    edge = MONDAY + timedelta(seconds=59)
    assert press(sessions, "all", edge)
    with sessions.begin() as session:
        asked.finish(session, session.scalars(select(Received.id)).one())
    assert not press(sessions, "all", edge + timedelta(seconds=2))
    assert press(sessions, "all", edge + timedelta(seconds=60))
