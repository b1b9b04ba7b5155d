"""The demo's company has a past with playbooks that Monday's messages speak of."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.alerts.records import about
from csbot.contacts import Contact
from csbot.demo import company
from csbot.demo.accounts import customers
from csbot.demo.ledger import ABOUT_TO
from csbot.demo.onboarding import NO_VALUE, STAYS
from csbot.demo.processes import Processes
from csbot.demo.world import World
from csbot.playbooks import engine
from csbot.playbooks.results import results
from csbot.points import PointsEntry
from csbot.renewals.filters import Filters
from csbot.renewals.overview import overview
from csbot.renewals.telling import told
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from csbot.touches.model import Touch
from csbot.workspace.state import Workspace
from messages.renewals import RenewalsList

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@pytest.fixture
def monday(sessions: sessionmaker[Session]) -> Session:
    """Once csbot has looked at its playbooks for the first time."""
    settings = Settings(env=Environment(database_url="sqlite://"), config=Config())
    with sessions.begin() as session:
        company.fill(session, settings=settings, monday=MONDAY)
    engine.run_due(sessions, settings=settings, now=MONDAY)
    return sessions()


def test_monday_has_a_record_results_points_and_questions_to_ask(monday: Session) -> None:
    with monday:
        record = about(monday, ["inactive-users"], MONDAY)["inactive-users"]
        assert record.like == (9, 14)
        came = results(monday, "inactive-user-mail", MONDAY - timedelta(days=90), MONDAY)
        assert came.started > came.reached > 0
        sums = select(PointsEntry.account_id, func.sum(PointsEntry.points)).group_by(
            PointsEntry.account_id
        )
        scores = select(Account.id, Account.score).where(Account.score != 0)
        assert dict(monday.execute(sums).all()) == dict(monday.execute(scores).all())
        congratulated = (
            select(Account.name)
            .join(Touch, Touch.account_id == Account.id)
            .where(Touch.state == "draft", Touch.playbook == "milestones")
        )
        assert sorted(monday.scalars(congratulated)) == sorted(ABOUT_TO)


def test_the_forecast_of_last_week_is_one_number_wherever_it_is_told(monday: Session) -> None:
    settings = Settings(env=Environment(database_url="sqlite://"), config=Config())
    with monday:
        dana = monday.scalars(select(TeamMember).where(TeamMember.slack_id == "U_DANA")).one()
        listed = overview(monday, Filters(), person=dana, settings=settings, now=MONDAY)
        history = told(monday, Filters(), person=dana, settings=settings, now=MONDAY)
    assert isinstance(listed, RenewalsList)
    [usd] = listed.sums
    assert history.before is not None
    assert history.before.forecast == usd.last_week
    assert {week.due for week in history.weeks} == {history.now.due}
    assert history.beside is not None
    assert history.beside.listed == (usd.forecast, usd.due)


def test_time_that_moves_on_gives_logins_to_the_demos_own_people_alone(monday: Session) -> None:
    tuesday, seen = MONDAY + timedelta(days=1), MONDAY - timedelta(days=20)
    with monday:
        theirs = monday.scalars(select(Account).where(Account.name == "Acme")).one()
        told = Contact(account_id=theirs.id, email="mia@own.example", name="Mia",
                       last_login_at=seen, created_at=MONDAY + timedelta(minutes=1))  # fmt: skip
        monday.add(told)
        monday.commit()
        sessions = sessionmaker(monday.get_bind())
        World(Workspace(), sessions, Processes(Path("unused.log")), MONDAY).move_on(tuesday)
        monday.expire_all()
        assert told.last_login_at == seen
        others = monday.scalars(
            select(Contact.last_login_at).where(
                Contact.account_id == theirs.id, Contact.id != told.id
            )
        )
        assert set(others) == {tuesday - timedelta(hours=14)}


def test_who_has_no_first_value_yet_is_a_customer_hardly_longer_than_in_onboarding() -> None:
    [new] = [one for one in customers() if one.name == NO_VALUE]
    assert 0 <= new.age - STAYS[NO_VALUE][0] <= 7
