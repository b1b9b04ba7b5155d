"""Where people see what became of messages to customers: doctor, the account, metrics, auditor."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from csbot import clock
from csbot.accounts.as_json import as_json
from csbot.accounts.model import Account
from csbot.doctor import examine
from csbot.email.settings import Email
from csbot.outbox.auditor import health
from csbot.outbox.to_customers import enqueue_touch
from csbot.settings import Settings
from csbot.touches.model import Touch
from csbot.wiring import Wiring
from tests.builders import account, contact
from tests.faults.customers import SENDER, queued
from tests.flows.desk import Desk
from tests.mail_server import PostOffice, mail_server


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with mail_server() as made:
        yield made


def write(desk: Desk, to: str = "ann@customer.example") -> Touch:
    acme = desk.add(account("Acme"))
    ann = desk.add(contact(acme.id, email=to))
    touch = desk.add(queued(to, "email", desk.now, account_id=acme.id, contact_id=ann.id))
    payload = {"to": to, "subject": "Your board", "text": "Hello", "html": "", "from_name": "Dana"}
    with desk.sessions.begin() as session:
        key = f"touch:{touch.id}"
        enqueue_touch(session, touch.id, call="email", payload=payload, key=key, now=desk.now)
    return touch


def set_up(desk: Desk, post: PostOffice) -> Wiring:
    """csbot with the settings for e-mail."""
    there = {"smtp_url": post.url, "csbot_public_url": "https://csbot.acme.example/"}
    env = desk.settings.env.model_copy(update=there)
    config = desk.settings.config.model_copy(update={"email": Email(from_=SENDER)})
    desk.wiring = replace(desk.wiring, settings=Settings(env=env, config=config))
    return desk.wiring


def said(desk: Desk) -> list[tuple[str, str, str]]:
    found = examine(desk.wiring).findings
    return [(f.level, f.what, f.mend) for f in found if "to customers" in f.what]


def test_without_a_mail_server_messages_wait_and_the_doctor_says_what_to_set(
    desk: Desk, post: PostOffice
) -> None:
    assert said(desk) == []  # nobody has to write to customers
    approved = desk.add(account("Globex"))
    desk.add(queued("x@y.example", "email", desk.now, account_id=approved.id, state="approved"))
    write(desk)
    desk.deliver()
    level, what, mend = said(desk)[0]
    assert (level, what) == (
        "warn",
        "e-mail to customers: 2 messages waiting, and none can be sent",
    )
    assert "SMTP_URL, CSBOT_PUBLIC_URL, [email] from in csbot.toml" in mend
    with desk.sessions() as session:
        assert health(session, now=desk.now + timedelta(hours=5)).well
    set_up(desk, post)
    desk.deliver()
    assert len(post.received) == 1
    assert said(desk) == [("ok", "e-mail to customers: by 127.0.0.1", "")]


def test_a_mail_server_that_takes_nothing_is_told_by_doctor_and_auditor(
    desk: Desk, post: PostOffice
) -> None:
    set_up(desk, post)
    write(desk)
    post.says["MAIL"] = "530 5.7.0 log in first"
    desk.deliver()
    assert said(desk)[0][1] == (
        "e-mail to customers: 1 message waiting, and none can be sent: 530 5.7.0 log in first"
    )
    with desk.sessions() as session:
        found = health(session, now=desk.now + timedelta(hours=5))
    assert found.held == 1
    assert "held up" in found.problems()[0]


def test_what_a_mail_server_put_off_into_the_night_leaves_in_the_morning(
    desk: Desk, post: PostOffice
) -> None:
    set_up(desk, post)
    write(desk)
    post.says["RCPT"] = "451 4.7.1 greylisted"
    desk.deliver()
    post.says.clear()
    desk.at(desk.now.replace(hour=21))
    desk.deliver()
    assert post.received == []
    desk.at(desk.now + timedelta(hours=11))
    desk.deliver()
    assert len(post.received) == 1


def test_what_came_back_stands_in_the_account_and_the_doctor_counts_it(
    desk: Desk, post: PostOffice
) -> None:
    set_up(desk, post)
    post.says["RCPT"] = "550 5.1.1 no such user"
    touch = write(desk)
    desk.deliver()
    assert said(desk)[1][1] == "e-mail to customers: 1 message bounced in 30 days"
    with desk.sessions() as session:
        shown = as_json(session, session.get_one(Account, touch.account_id))
        assert health(session, now=clock.now()).well  # the mail server does its work
    assert [(one["state"], one["why"]) for one in shown["touches"]] == [
        ("bounced", "550 5.1.1 no such user")
    ]
    assert shown["timeline"][0]["what"].startswith("E-mail to Ann Lee came back")
