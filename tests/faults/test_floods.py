"""A flood of alerts is told in short transactions, and a kill between them loses nothing."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from threading import Barrier

from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.model import Alert
from csbot.alerts.reconcile import Outcome
from csbot.alerts.run import SLICE, detect_all
from csbot.db.engine import open_database, session_factory
from csbot.outbox.model import OutgoingMessage
from tests.builders import MONDAY, account, contact, member
from tests.unit.alert_world import DAY, HOUR, settings

MANY = 2 * SLICE + 100
Channel = Callable[[int], str]


def flood(sessions: sessionmaker[Session], channel: Channel, many: int = MANY) -> None:
    """Accounts that nobody logs in to; `channel` of the first, the second, ..."""
    with sessions.begin() as session:
        priya = member("Priya Shah", role="manager")
        session.add(priya)
        session.flush()
        dana = member("Dana Reyes", manager_id=priya.id)
        session.add(dana)
        session.flush()
        rows = [account(f"A{n}", owner_id=dana.id, channel=channel(n)) for n in range(many)]
        session.add_all(rows)
        session.flush()
        session.add_all(contact(row.id, last_login_at=MONDAY - 9 * DAY) for row in rows)


def look(
    sessions: sessionmaker[Session],
    now: datetime = MONDAY,
    kinds: Collection[str] | None = None,
) -> Outcome:
    return detect_all(sessions, settings=settings(), now=now, kinds=kinds)


def posts(sessions: sessionmaker[Session]) -> Counter[str]:
    """How many messages of each kind there are to be posted."""
    with sessions() as session:
        query = select(OutgoingMessage.message).where(OutgoingMessage.call == "post")
        return Counter(session.scalars(query))


def few(n: int) -> str:
    return f"C{n // 3}"


def far_apart(n: int) -> str:
    """Seven in one channel, in different slices; the others by threes."""
    return "CFAR" if n % (MANY // 7) == 0 and n < MANY - MANY % 7 else few(n)


def test_no_transaction_has_more_than_a_slice_and_all_of_it_is_told(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    flood(sessions, few)
    table, seen = OutgoingMessage.__table__, [0]
    event.listen(
        engine, "commit",
        lambda here: seen.append(here.scalar(select(func.count()).select_from(table))),
    )  # fmt: skip
    outcome = look(sessions)
    assert (outcome.raised, outcome.posted) == (MANY, MANY)
    assert max(after - before for before, after in pairwise(seen)) == SLICE
    assert posts(sessions) == {"alert_inactive": MANY}


def test_a_second_look_changes_nothing(sessions: sessionmaker[Session]) -> None:
    flood(sessions, few)
    look(sessions)
    assert look(sessions) == Outcome()


def test_many_of_one_channel_are_one_message_however_many_transactions_raised_them(
    sessions: sessionmaker[Session],
) -> None:
    flood(sessions, far_apart)
    look(sessions)
    assert posts(sessions) == {"alert_inactive": MANY - 7, "alert_group": 1}


def test_what_nobody_takes_goes_further_in_slices_and_a_group_at_once(
    sessions: sessionmaker[Session],
) -> None:
    flood(sessions, lambda n: "CALL" if n < MANY // 2 else few(n))
    look(sessions)
    outcome = look(sessions, MONDAY + 5 * HOUR)
    assert outcome.escalated == MANY
    assert posts(sessions)["alert_note"] == 1 + MANY - MANY // 2
    with sessions() as session:
        told = select(OutgoingMessage.payload).where(
            OutgoingMessage.key.like("alert-group:%:escalated:%")
        )
        said = session.scalars(told).one()["text"]
    assert f"(and {MANY // 2 - 1} more)" in said


def test_workers_at_once_take_each_further_once_in_each_round(
    sessions: sessionmaker[Session],
) -> None:
    flood(sessions, few, 12)
    for days in (0, 2):
        with sessions.begin() as session:
            back = {"ping": "risen", "post_at": MONDAY + days * DAY}
            session.execute(update(Alert).where(Alert.posted_at.is_not(None)).values(back))
        look(sessions, MONDAY + days * DAY)
        later = MONDAY + (days + 1) * DAY
        gate = Barrier(3)

        def worker(_: int, gate: Barrier = gate, later: datetime = later) -> int:
            gate.wait()
            return look(sessions, later).escalated

        with ThreadPoolExecutor(3) as pool:
            assert sum(pool.map(worker, range(3))) == 12
    with sessions() as session:
        keys = session.scalars(select(OutgoingMessage.key)).all()
    assert sum(":escalated:" in key for key in keys) == 2 * 12


def test_a_new_day_rewrites_all_of_them_in_slices(sessions: sessionmaker[Session]) -> None:
    flood(sessions, few)
    look(sessions)
    with sessions.begin() as session:
        session.execute(update(Alert).values(escalate_at=None))
        all_of_them = set(session.scalars(select(Alert.id)))
    outcome = look(sessions, MONDAY + DAY)
    assert outcome == Outcome(changed=MANY, touched=all_of_them)


def test_twelve_and_three_hundred_take_the_same_number_of_statements(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    counts = []
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    for many, now in ((12, MONDAY), (300, MONDAY + HOUR)):
        with sessions.begin() as session:
            session.add_all(account(f"B{many}-{n}", owner_id=None) for n in range(many))
        del seen[:]
        assert look(sessions, now, kinds=["unowned"]).raised == many
        counts.append(len(seen))
    assert counts[0] == counts[1]


def killed_at(url: str, point: str) -> None:
    os.environ["CSBOT_CRASH_AT"] = point
    look(session_factory(open_database(url)))


def killed(url: str, point: str) -> None:
    process = multiprocessing.get_context("spawn").Process(target=killed_at, args=(url, point))
    process.start()
    process.join(60)
    assert process.exitcode == 137


def test_after_kills_in_the_middle_the_next_look_does_the_rest_and_nothing_twice(
    database_url: str, sessions: sessionmaker[Session]
) -> None:
    flood(sessions, far_apart)
    killed(database_url, "alerts.after_slice")
    killed(database_url, "alerts.after_slice")
    assert posts(sessions) == {}
    killed(database_url, "alerts.after_escalate")  # the many of one channel, and some, are told
    assert posts(sessions) == {"alert_inactive": SLICE, "alert_group": 1}
    look(sessions)
    assert posts(sessions) == {"alert_inactive": MANY - 7, "alert_group": 1}
    with sessions() as session:
        assert session.scalar(select(func.count(Alert.id))) == MANY


def test_what_is_held_after_a_kill_is_said_by_nobody_until_all_of_it_is_there(
    database_url: str, sessions: sessionmaker[Session]
) -> None:
    flood(sessions, far_apart)
    killed(database_url, "alerts.after_slice")
    with sessions() as session:
        assert session.scalar(select(func.count(Alert.id))) == SLICE
    look(sessions, kinds=["task"])
    assert posts(sessions) == {}
