"""An alert that ends while its first message waits, or while a sender has it in hand."""

from threading import Thread

import pytest
from sqlalchemy import update

from csbot import clock
from csbot.accounts.model import Account
from csbot.alerts.reconcile import detect
from csbot.outbox.claim import Claimed, claim
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import withdraw
from tests.builders import account, contact
from tests.faults.processes import Workers, ended, eventually
from tests.faults.rig import Rig

QUIET, CLOSED = "nobody at Acme has logged in", "⚪ *Closed: Acme has left*"


@pytest.fixture
def acme(rig: Rig) -> int:
    """Quiet for nine days, with a channel and nobody whose working hours would count."""
    with rig.wiring.sessions.begin() as session:
        made = account("Acme", channel="CA", arr=900_000)
        session.add(made)
        session.flush()
        long_ago = clock.now().replace(year=clock.now().year - 1)
        session.add(contact(made.id, last_login_at=long_ago))
        session.flush()
        return made.id


def look(rig: Rig) -> None:
    with rig.wiring.sessions.begin() as session:
        detect(session, settings=rig.wiring.settings, now=clock.now(), kinds=["inactive"],
               at_once=True)  # fmt: skip


def leaves(rig: Rig, id: int) -> None:
    with rig.wiring.sessions.begin() as session:
        gone = update(Account).where(Account.id == id)
        session.execute(gone.values(lifecycle_stage="churned"))


def shown(rig: Rig) -> list[str]:
    return [m.blocks[0]["text"]["text"] for m in rig.slack.in_channel("CA")]


def test_what_ends_before_any_sender_has_it_is_never_posted(rig: Rig, acme: int) -> None:
    look(rig)
    leaves(rig, acme)
    look(rig)
    rig.drain_out()
    assert shown(rig) == []
    assert rig.states() == {}


@pytest.mark.parametrize("step", ["after_claim", "before_send", "after_send", "before_settle"])
def test_what_ends_while_a_dead_sender_had_it_is_posted_once_and_closed(
    rig: Rig, workers: Workers, acme: int, step: str
) -> None:
    look(rig)
    assert ended(workers.start(f"outbox.{step}")) == 137
    leaves(rig, acme)
    look(rig)
    rig.drain_out()
    (only,) = shown(rig)
    assert only.startswith(CLOSED)


def test_what_ends_while_slack_has_it_is_closed_there(
    rig: Rig, workers: Workers, acme: int
) -> None:
    rig.fail("hang", seconds=1)
    look(rig)
    workers.start()
    eventually(lambda: shown(rig))
    assert QUIET in shown(rig)[0]
    leaves(rig, acme)
    look(rig)
    eventually(lambda: shown(rig)[0].startswith(CLOSED))
    assert len(shown(rig)) == 1


def test_a_withdrawal_that_does_not_commit_takes_nothing_back(rig: Rig) -> None:
    rig.ask("one")
    with rig.wiring.sessions() as session:
        withdraw(session, ["one"])
        assert session.query(OutgoingMessage).count() == 0
        session.rollback()
    rig.drain_out()
    rig.assert_each_once("one")


def test_what_a_sender_is_claiming_at_this_moment_stays_with_it(rig: Rig, acme: int) -> None:
    look(rig)
    leaves(rig, acme)
    now = clock.now()
    with rig.wiring.sessions.begin() as session:
        claimed = claim(session, now=now, wall=now, delivery=rig.wiring.settings.config.delivery)
        assert isinstance(claimed, Claimed)
        ending = Thread(target=look, args=(rig,))
        ending.start()  # waits for the claim, or comes after it
    ending.join(60)
    assert sorted(rig.states().values()) == ["sending", "waiting"]
    rig.drain_out()
    assert [words.startswith(CLOSED) for words in shown(rig)] == [True]


def test_a_reply_goes_with_the_post_that_it_waits_for(rig: Rig) -> None:
    rig.ask("one", "two")
    rig.ask("to one", thread="one")
    rig.ask("to two", thread="two")
    with rig.wiring.sessions.begin() as session:
        withdraw(session, ["one"])
    rig.drain_out()
    assert rig.received() == ["two", "to two"]
