"""Two people press in the same moment: one act, and a polite answer to the other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from csbot.accounts import service as accounts
from csbot.accounts.lookup import find_account
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.onboarding import service as onboarding
from csbot.onboarding.model import AccountRole, StageSpell
from csbot.onboarding.rules import MovedOn
from csbot.outbox.model import OutgoingMessage
from csbot.tasks import service as tasks
from csbot.undoing.service import undo
from tests import builders
from tests.asking import SETTINGS, Floor
from tests.builders import MONDAY


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        made = Floor(session)
        made.globex.onboarding_stage = "second-onboarding-meeting"
        made.globex.onboarding_stage_since = MONDAY
        made.task = builders.task(made.acme.id, assignee_id=made.dana.id)
        session.add(made.task)
    return made


def both(sessions, act, *people):
    """What `act` answers each of them, or the Refused it raises, at the same time."""
    barrier = Barrier(len(people))

    def one(person):
        barrier.wait()
        try:
            with sessions.begin() as session:
                return act(session, person)
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(one, people))


def count(sessions, table, *where) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def test_an_account_advances_once(sessions, floor):
    def advance(session, person):
        return onboarding.advance(
            session, account_id=floor.globex.id, shown="second-onboarding-meeting",
            override_reason="Trained on site", by=person, now=MONDAY, settings=SETTINGS,
        )  # fmt: skip

    answers = both(sessions, advance, floor.priya, floor.priya)
    assert sum(isinstance(answer, MovedOn) for answer in answers) == 1
    assert count(sessions, AuditEntry, AuditEntry.verb == "stage.advanced") == 1
    assert count(sessions, OutgoingMessage, OutgoingMessage.message == "stage_completed") == 1


def test_an_account_changes_hands_with_its_stage_once(sessions, floor):
    with sessions.begin() as session:
        account = session.get(Account, floor.globex.id)
        account.onboarding_stage = "final-follow-up-email"
        session.add(AccountRole(account_id=account.id, role="csm", member_id=floor.lee.id))

    def advance(session, person):
        return onboarding.advance(
            session, account_id=floor.globex.id, shown="final-follow-up-email", note="All done",
            override_reason="Trained on site", by=person, now=MONDAY, settings=SETTINGS,
        )  # fmt: skip

    answers = both(sessions, advance, floor.priya, floor.priya)
    assert sum(isinstance(answer, MovedOn) for answer in answers) == 1
    assert count(sessions, AuditEntry, AuditEntry.verb == "account.assigned") == 1
    assert count(sessions, OutgoingMessage, OutgoingMessage.message == "account_assigned") == 1
    assert count(sessions, StageSpell, StageSpell.ended_at.is_(None)) == 1


def test_onboarding_begins_once_though_a_person_and_csbot_begin_it(sessions, floor):
    def begin(session, person):
        ids, how = [floor.acme.id], {"now": MONDAY, "settings": SETTINGS}
        if person.id == floor.priya.id:
            return onboarding.begin(session, ids, **how)
        return onboarding.start(session, account_id=floor.acme.id, by=person, **how)

    both(sessions, begin, floor.priya, floor.dana)
    assert count(sessions, AuditEntry, AuditEntry.verb == "onboarding.started") == 1
    assert count(sessions, StageSpell) == 1


def test_a_task_is_finished_once(sessions, floor):
    def finish(session, person):
        return tasks.finish_task(
            session, task_id=floor.task.id, by=person, now=MONDAY, settings=SETTINGS
        )

    answers = both(sessions, finish, floor.dana, floor.priya)
    assert sorted(answer.already for answer in answers) == [False, True]
    assert count(sessions, AuditEntry, AuditEntry.verb == "task.finished") == 1


def test_an_account_that_two_hand_over_goes_from_one_to_the_other(sessions, floor):
    """Each has looked the account up by its name before they have to wait for each other."""
    looked = Barrier(2)

    def assign(session, person):
        account = find_account(session, "acme", person=person)
        if session.get_bind().dialect.name != "sqlite":  # there one transaction at a time begins
            looked.wait()
        to = {floor.priya.id: floor.lee, floor.dana.id: floor.priya}[person.id]
        return accounts.assign(
            session, account_id=account.id, to=to, by=person, now=MONDAY, settings=SETTINGS
        )

    both(sessions, assign, floor.priya, floor.dana)
    with sessions() as session:
        handed = session.scalars(
            select(AuditEntry).where(AuditEntry.verb == "account.assigned").order_by(AuditEntry.id)
        ).all()
    assert [one.before["name"] for one in handed] == [
        "Dana Reyes", *[one.after["name"] for one in handed[:-1]]
    ]  # fmt: skip


def test_one_change_is_taken_back_once(sessions, floor):
    with sessions.begin() as session:
        accounts.tag(
            session, account_id=floor.acme.id, add=["beta"], remove=[], by=floor.dana, now=MONDAY
        )

    def back(session, person):
        return undo(session, by=person, now=MONDAY + timedelta(minutes=1), settings=SETTINGS)

    answers = both(sessions, back, floor.dana, floor.dana)
    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert count(sessions, AuditEntry, AuditEntry.verb == "undo.account.tagged") == 1
