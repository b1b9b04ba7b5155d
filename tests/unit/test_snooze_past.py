"""Before a snooze is saved it says what one as long would have hidden."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.alerts import service
from csbot.alerts.snooze_past import hidden, of_account, of_alert
from csbot.alerts.why import explain
from csbot.contacts import Contact
from tests.builders import MONDAY
from tests.unit.alert_world import DAY, World


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> object:
    with sessions.begin() as session:
        yield World(session)


@pytest.mark.parametrize(
    ("days", "length", "count"),
    [
        ([], 7, 0),
        ([0], 7, 0),
        ([0, 6], 7, 1),
        ([0, 7], 7, 0),
        ([0, 6, 8, 13], 7, 2),
        ([0, 1, 2, 3], 30, 3),
    ],
)
def test_what_comes_while_an_earlier_one_sleeps_is_hidden(days, length, count):
    opened = [MONDAY.date() + timedelta(days=day) for day in days]
    assert hidden(opened, timedelta(days=length)) == count


def test_it_counts_what_why_this_counts_and_an_account_s_snooze_all_kinds(world: World) -> None:
    acme = world.quiet()
    for _ in range(3):
        world.detect()
        seen(world, world.now)
        world.detect(DAY)
        world.now += 11 * DAY
    world.detect()
    world.unpaid(acme)
    world.detect()
    alert = next(one for one in world.alerts() if one.kind == "inactive")
    past = of_alert(world.session, alert, now=world.now)
    why = explain(
        world.session, alert_id=alert.id, by=world.dana, settings=world.settings, now=world.now
    )
    assert past.fired == why.past.fired == 4
    assert past.hidden == ((1, 0), (7, 0), (30, 2))
    assert of_account(world.session, acme.id, now=world.now).fired == 5
    assert "4 came up here" in past.said()


def seen(world: World, at: object) -> None:
    world.session.execute(update(Contact).values(last_login_at=at))
    world.session.flush()


def test_a_snooze_ends_as_soon_as_it_gets_worse(world: World) -> None:
    acme = world.quiet(arr=10_000)
    world.detect()
    world.send_all()
    service.snooze(
        world.session, alert_id=world.alert().id, until=world.now + 20 * DAY, reason="on leave",
        by=world.dana, now=world.now, settings=world.settings,
    )  # fmt: skip
    world.session.expire_all()
    world.session.execute(update(Account).where(Account.id == acme.id).values(arr=900_000))
    world.detect(DAY)
    world.detect(timedelta(minutes=2))
    assert (world.alert().state, world.alert().severity) == ("open", "critical")
