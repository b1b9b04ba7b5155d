"""How handing an e-mail over ends, with a real mail server that refuses, waits and breaks off."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.headerregistry import Address

import pytest

from csbot.email.gateway import Gateway
from csbot.email.rules import is_gone
from csbot.email.server import Server
from csbot.outbox.outcome import Dead, Held, Later, Sent, Uncertain
from tests.mail_server import (
    CERTIFICATE,
    DROP,
    HANG,
    TAKE_AND_DROP,
    TAKE_AND_HANG,
    PostOffice,
    mail_server,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SENDER = Address("Acme", addr_spec="success@acme.example")
LETTER = {
    "from_name": "Dana Reyes",
    "reply_to": "dana@acme.example",
    "to": "ann@customer.example",
    "subject": "Your board",
    "text": ".\n..\nHello\n.",
    "html": "<p>Hello</p>",
    "unsubscribe_url": "https://csbot.acme.example/u/token",
}


@pytest.fixture(scope="module")
def running() -> Iterator[PostOffice]:
    with mail_server() as office:
        yield office


@pytest.fixture
def office(running: PostOffice) -> PostOffice:
    """The same server, with nothing received and nothing wrong."""
    for kept in (running.says, running.for_address, running.received, running.asked):
        kept.clear()
    return running


def gateway(office: PostOffice, security="none", *, timeout=10.0, user="", password="") -> Gateway:
    where = Server("127.0.0.1", office.port, security, user, password)
    return Gateway(where, SENDER, timeout, longest=2 * timeout)


def send(office: PostOffice, **more):
    return gateway(office, **more).send(LETTER, key="touch:7", now=NOW)


def test_what_the_server_takes_is_sent_as_it_was_written(office):
    outcome = send(office)
    assert isinstance(outcome, Sent)
    arrived = office.received[0]
    assert (arrived.sender, arrived.to) == ("success@acme.example", ("ann@customer.example",))
    assert arrived.message["Message-ID"] == outcome.ts
    text = arrived.message.get_body(("plain",))
    assert text is not None
    assert text.get_content().split() == [".", "..", "Hello", "."]


@pytest.mark.parametrize(
    ("step", "said", "outcome"),
    [
        ("MAIL", "550 5.7.1 sender not allowed", Dead("550 5.7.1 sender not allowed")),
        ("MAIL", "451 later", Held),
        ("MAIL", "530 5.7.0 log in first", Held),
        ("RCPT", "550 5.1.1 no such user", Dead("550 5.1.1 no such user", "address")),
        ("RCPT", "553 not here", Dead("553 not here", "address")),
        ("RCPT", "550 5.7.1 blocked", Dead("550 5.7.1 blocked")),
        ("RCPT", "554 5.7.1 spam", Dead("554 5.7.1 spam")),
        ("RCPT", "450 4.2.0 greylisted", Later),
        ("RCPT", "421 closing", Later),
        ("DATA", "451 no room", Later),
        ("DATA", "554 no", Dead("554 no")),
        ("dot", "452 4.3.1 no room", Later),
        ("dot", "554 5.7.1 spam", Dead("554 5.7.1 spam")),
        ("dot", "550 5.1.1 no such user", Dead("550 5.1.1 no such user", "address")),
        ("MAIL", DROP, Held),
        ("RCPT", DROP, Later),
        ("DATA", DROP, Later),
        ("RCPT", HANG, Later),
        ("dot", TAKE_AND_DROP, Uncertain),
        ("dot", TAKE_AND_HANG, Uncertain),
        ("dot", DROP, Uncertain),
    ],
)
def test_the_step_and_the_answer_say_whether_it_may_have_arrived(office, step, said, outcome):
    office.says[step] = said
    found = send(office, timeout=0.4 if said.endswith(HANG) else 10)
    assert isinstance(found, outcome) if isinstance(outcome, type) else found == outcome
    sure = isinstance(found, Dead | Held | Later)
    assert not (sure and office.received)


def test_only_mail_for_nobody_says_that_the_address_is_no_good(office):
    assert is_gone(550, "no such user")
    assert is_gone(0, "5.1.1 no such user")
    assert not is_gone(0, "no such user")
    assert not is_gone(550, "5.2.2 mailbox full")
    assert not is_gone(552, "too large")


def test_a_server_that_is_not_there_is_tried_again(office):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = Gateway(Server("127.0.0.1", port, "none", "", ""), SENDER, 1, 2).send(
        LETTER, key="touch:7", now=NOW
    )
    assert isinstance(found, Held)
    assert not found.ours


def test_a_wrong_address_is_not_even_tried(office):
    found = gateway(office).send(LETTER | {"to": "ann"}, key="touch:7", now=NOW)
    assert found == Dead("is no e-mail address", "address")
    assert office.asked == []


def test_a_server_without_encryption_gets_neither_password_nor_words(office):
    found = send(office, security="starttls", user="u", password="p", timeout=10)
    assert isinstance(found, Held)
    assert found.ours
    assert office.asked == []


@pytest.mark.parametrize(("password", "outcome"), [("right", Sent), ("wrong", Held)])
def test_login_happens_inside_tls(monkeypatch, password, outcome):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with mail_server(tls=True, user="csbot", password="right") as office:
        found = send(office, security="starttls", user="csbot", password=password, timeout=10)
        assert isinstance(found, outcome)
        assert len(office.received) == (outcome is Sent)
        assert getattr(found, "ours", True)
        assert "wrong" not in str(found)


def test_a_certificate_of_nobody_known_ends_the_talk():
    with mail_server(tls=True) as office:
        assert isinstance(send(office, security="starttls", timeout=10), Held)
        assert office.asked == []
