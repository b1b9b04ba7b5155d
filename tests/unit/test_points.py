"""A score is the sum of its ledger, whatever has been written over it."""

from sqlalchemy import select, update

from csbot import points
from csbot.accounts.model import Account
from csbot.points import Won
from tests import builders
from tests.builders import MONDAY


def test_a_recount_mends_the_scores_that_are_wrong_and_no_others(sessions):
    with sessions.begin() as session:
        acme, busy, calm = accounts = [builders.account(name) for name in ("Acme", "Busy", "Calm")]
        session.add_all(accounts)
        session.flush()
        won = [(acme, 10), (acme, -3), (busy, 30)]
        points.enter(
            session,
            [Won(one.id, count, "A visit", f"{one.id}:{count}") for one, count in won],
            now=MONDAY,
        )
        wrong = update(Account).where(Account.id.in_([acme.id, calm.id])).values(score=99)
        session.execute(wrong)
    with sessions.begin() as session:
        assert points.recount(session) == 2
        scores = dict(session.execute(select(Account.name, Account.score)).all())
        assert scores == {"Acme": 7, "Busy": 30, "Calm": 0}
        assert points.recount(session) == 0
