"""Holds under kills, two processes at once, and more than one transaction's worth of alerts."""

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import event, func, select, update

from csbot import audit
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import Outcome, detect
from csbot.alerts.run import SLICE, detect_all
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.db.engine import open_database, session_factory
from csbot.errors import Refused
from csbot.holds import service
from csbot.holds.model import HeldAlert, Hold
from csbot.outbox.model import OutgoingMessage
from csbot.team.model import TeamMember
from tests import builders
from tests.builders import MONDAY
from tests.unit.alert_world import DAY, settings

MINUTE = timedelta(minutes=1)


def company(sessions, many):
    with sessions.begin() as session:
        session.add_all(builders.member(n, role="admin") for n in ("Alex Kim", "Kim Lo"))
        rows = [builders.account(f"Q{n}", channel=f"C{n // 3}") for n in range(many)]
        session.add_all(rows)
        session.flush()
        session.add_all(builders.contact(row.id, last_login_at=MONDAY - 9 * DAY) for row in rows)


def quiet_ones(sessions, many):
    with sessions.begin() as session:
        rows = [builders.account(f"New{n}", channel="C_NEW") for n in range(many)]
        session.add_all(rows)
        session.flush()
        session.add_all(builders.contact(row.id, last_login_at=MONDAY - 9 * DAY) for row in rows)
        audit.record(
            session, verb="import", subject="import:accounts", by=None, now=MONDAY,
            after={"created": many},
        )  # fmt: skip


def look(sessions, now: datetime = MONDAY) -> Outcome:
    return detect_all(sessions, settings=settings(), now=now, kinds=["inactive"], guarded=True)


def count(sessions, table, *where) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def notices(sessions) -> int:
    return count(sessions, OutgoingMessage, OutgoingMessage.message == "hold_notice")


def killed_at(url: str, point: str, now: datetime) -> None:
    os.environ["CSBOT_CRASH_AT"] = point
    look(session_factory(open_database(url)), now)


def killed(url: str, point: str, now: datetime = MONDAY) -> None:
    process = multiprocessing.get_context("spawn").Process(target=killed_at, args=(url, point, now))
    process.start()
    process.join(60)
    assert process.exitcode == 137


def test_killed_between_hold_and_notice_there_is_still_one_notice(database_url, sessions):
    company(sessions, 12)
    killed(database_url, "holds.before_notice")
    assert (count(sessions, Hold), count(sessions, HeldAlert), notices(sessions)) == (0, 0, 0)
    assert look(sessions) == look(sessions, MONDAY + MINUTE) == Outcome()
    assert (count(sessions, Hold), count(sessions, HeldAlert), notices(sessions)) == (1, 12, 2)


def test_two_runs_at_once_hold_once(sessions):
    company(sessions, 40)
    barrier = Barrier(2)

    def run(_):
        barrier.wait()
        return look(sessions)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(2))) == [Outcome(), Outcome()]
    assert (count(sessions, Hold), count(sessions, HeldAlert), notices(sessions)) == (1, 40, 2)


@pytest.mark.parametrize("acts", [("release", "release"), ("release", "drop")])
def test_two_admins_at_once_have_one_effect(sessions, acts):
    company(sessions, 12)
    look(sessions)
    with sessions() as session:
        hold = session.scalar(select(Hold.id))
        admins = session.scalars(select(TeamMember).order_by(TeamMember.id)).all()
    barrier = Barrier(2)

    def press(one):
        act, who = one
        barrier.wait()
        try:
            with sessions.begin() as session:
                by = session.merge(who, load=False)
                getattr(service, act)(session, hold_id=hold, by=by, now=MONDAY, settings=settings())
        except Refused:
            return "refused"
        return act

    with ThreadPoolExecutor(2) as pool:
        did = list(pool.map(press, zip(acts, admins, strict=True)))
    assert sorted(did) in (["refused", "release"], ["drop", "refused"])
    released = "release" in did
    assert count(sessions, Alert) == (12 if released else 0)
    told = count(sessions, AuditEntry, AuditEntry.verb.in_(("hold.released", "hold.dropped")))
    assert told == 1


def test_more_than_a_slice_is_held_at_once_and_raised_in_slices_after_kills(database_url, sessions):
    many = 2 * SLICE + 100
    company(sessions, many)
    assert look(sessions) == Outcome()
    assert (count(sessions, HeldAlert), notices(sessions)) == (many, 2)
    with sessions.begin() as session:
        hold = session.scalars(select(Hold)).one()
        alex = session.scalars(select(TeamMember).order_by(TeamMember.id)).first()
        assert alex is not None
        service.release(session, hold_id=hold.id, by=alex, now=MONDAY + MINUTE, settings=settings())
    assert count(sessions, Alert) == 0
    killed(database_url, "alerts.after_slice", MONDAY + 2 * MINUTE)
    assert (count(sessions, Alert), count(sessions, HeldAlert)) == (SLICE, many - SLICE)
    assert look(sessions, MONDAY + 4 * MINUTE).posted == many
    assert (count(sessions, Alert), count(sessions, HeldAlert)) == (many, 0)
    assert (count(sessions, Hold), notices(sessions)) == (1, 2)


def test_of_what_was_let_go_only_what_is_still_true_is_raised(sessions):
    company(sessions, SLICE + 100)
    look(sessions)
    with sessions.begin() as session:
        hold = session.scalars(select(Hold)).one()
        alex = session.scalars(select(TeamMember).order_by(TeamMember.id)).first()
        assert alex is not None
        service.release(session, hold_id=hold.id, by=alex, now=MONDAY, settings=settings())
        back = session.scalars(select(Contact).order_by(Contact.id).limit(550))
        for contact in back:
            contact.last_login_at = MONDAY
    assert look(sessions, MONDAY + MINUTE).raised == 50
    assert count(sessions, HeldAlert) == 0


def test_a_look_at_a_few_kinds_that_has_much_to_close_raises_nothing_of_what_is_new(sessions):
    company(sessions, SLICE)
    detect_all(sessions, settings=settings(), now=MONDAY, kinds=["inactive"])
    with sessions.begin() as session:
        session.execute(update(Contact).values(last_login_at=MONDAY))
    quiet_ones(sessions, 12)
    assert look(sessions, MONDAY + MINUTE).raised == 0
    whole = detect_all(sessions, settings=settings(), now=MONDAY + MINUTE, guarded=True)
    assert (whole.raised, whole.closed) == (0, SLICE)
    assert count(sessions, HeldAlert, HeldAlert.kind == "inactive") == 12


def snoozed(sessions):
    """An alert of a held account, due to wake: both who presses and a run change it."""
    with sessions.begin() as session:
        account_id = session.scalar(select(HeldAlert.account_id).limit(1))
        session.add(builders.task(account_id, due_on=(MONDAY - DAY).date()))
        session.flush()
        detect(session, settings=settings(), now=MONDAY, kinds=["task"], accounts=[account_id])
        session.execute(update(Alert).values(state="snoozed", snoozed_until=MONDAY))


def test_who_releases_while_a_run_waits_for_the_hold_does_not_stop_it_nor_is_stopped(
    engine, sessions
):
    company(sessions, 12)
    look(sessions)
    snoozed(sessions)
    waits = Event()

    def watch(*args):
        if "FROM holds" in args[2] and "FOR UPDATE" in args[2]:
            waits.set()

    with ThreadPoolExecutor(1) as pool:
        with sessions.begin() as session:
            alex = session.scalars(select(TeamMember).order_by(TeamMember.id)).first()
            hold = session.scalars(select(Hold)).one()
            known = {"by": alex, "now": MONDAY + MINUTE}
            service.waiting(session, hold.id, **known)
            event.listen(engine, "before_cursor_execute", watch)
            run = pool.submit(look, sessions, MONDAY + MINUTE)
            if engine.dialect.name == "postgresql":  # SQLite lets nobody else begin
                assert waits.wait(60)
            service.release(session, hold_id=hold.id, settings=settings(), **known)
        assert run.result(60).raised == 0
    event.remove(engine, "before_cursor_execute", watch)
    assert (count(sessions, Alert), count(sessions, HeldAlert)) == (13, 0)
