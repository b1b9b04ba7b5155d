"""Somebody who logs in again ends the alert about them at once, and nothing else is looked at."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.model import Alert
from csbot.alerts.reconcile import detect
from csbot.settings import Settings
from csbot.usage.meaning import Meaning
from csbot.usage.reading import Envelope, read_call
from csbot.usage.service import take
from tests.builders import MONDAY, account, contact

SETTINGS = Settings.load()
INACTIVE = select(Alert.state).where(Alert.kind == "inactive")


def send(sessions: sessionmaker[Session], name: str, number: int) -> None:
    told = [
        {"type": "identify", "userId": "u", "traits": {"email": "ann@customer.example"},
         "messageId": f"i{number}"},
        {"type": "track", "userId": "u", "event": name, "messageId": f"t{number}"},
    ]  # fmt: skip
    meaning = Meaning(SETTINGS.config.usage)
    calls = [read_call(event, Envelope(MONDAY), meaning) for event in told]
    with sessions.begin() as session:
        take(session, calls, source="env", settings=SETTINGS, now=MONDAY)


def test_a_login_closes_the_alert_of_who_stayed_away(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add(acme := account("Acme"))
        session.flush()
        away = MONDAY - timedelta(days=9)
        session.add(contact(acme.id, email="ann@customer.example", last_login_at=away))
        session.flush()
        assert detect(session, settings=SETTINGS, now=MONDAY, kinds=["inactive"]).raised == 1
    states = []
    for number, name in enumerate(["Search", "Signed In"]):
        send(sessions, name, number)
        with sessions() as session:
            states.append(session.scalars(INACTIVE).one())
    assert states == ["open", "closed"]
