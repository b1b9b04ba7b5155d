"""Calendars and booking systems tell of one meeting in the same moment: it is one meeting."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from csbot.calendars import feeds
from csbot.calendars.senders import READERS
from csbot.fetch import Fetched
from csbot.meetings.model import Meeting
from csbot.wiring import Wiring
from tests import ics
from tests.builders import MONDAY, account, member
from tests.unit import booking_payloads as sent
from tests.unit.alert_world import settings

SETTINGS = settings()


@pytest.fixture
def wiring(engine, sessions):
    dana, lee = member("Dana Reyes"), member("Lee Wong")
    with sessions.begin() as session:
        session.add_all([dana, lee, account("Acme")])
        session.flush()
        for owner in (dana, lee):
            feeds.add(session, email=owner.email, url="https://x.example/a.ics", now=MONDAY)
    return Wiring(SETTINGS, engine, sessions, None, None)


def at_once(acts):
    barrier = Barrier(len(acts))

    def one(act):
        barrier.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(one, acts))


def shown(wiring, number):
    with wiring.sessions() as session:
        feed, owner = list(session.execute(feeds.readable()))[number]
    body = ics.calendar(ics.event(uid="uid1@cal.example.com"))
    return lambda: feeds.store(wiring, feed, owner, Fetched(body, None), now=MONDAY)


def told(wiring, name, body):
    def act():
        with wiring.sessions.begin() as session:
            READERS[name].apply(session, body, settings=SETTINGS, now=MONDAY)

    return act


@pytest.mark.parametrize("round", range(3))
def test_whoever_comes_first_it_is_one(wiring, round):
    at_once(
        [
            *(shown(wiring, 0), shown(wiring, 1)),
            *(told(wiring, "calcom", sent.calcom()), told(wiring, "calcom", sent.calcom())),
            told(wiring, "calendly", sent.calendly()),
        ]
    )
    with wiring.sessions() as session:
        assert len(list(session.scalars(select(Meeting)))) == 1
