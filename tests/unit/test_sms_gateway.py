"""How handing an SMS over ends, with a stand-in for Twilio that refuses, waits and breaks off."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from csbot.outbox.outcome import Dead, Held, Sent, Uncertain
from csbot.sms.gateway import Gateway, phone
from csbot.sms.rules import wish
from tests.twilio_server import (
    ACCOUNT,
    DROP,
    NUMBER,
    TAKE_AND_DROP,
    TAKE_AND_HANG,
    TOKEN,
    Network,
    twilio_server,
)

SMS = {"to": "+1 (415) 867-5309", "text": "Hello Ann", "callback_url": "https://csbot.example/t"}


@pytest.fixture
def network() -> Iterator[Network]:
    with twilio_server() as made:
        yield made


def send(network: Network, *, sender: str = NUMBER, token: str = TOKEN, **over: str):
    timeout = 0.4 if network.says == TAKE_AND_HANG else 10
    return Gateway(network.url, ACCOUNT, token, sender, timeout).send(SMS | over)


def test_what_twilio_takes_is_sent_under_its_id(network):
    assert send(network) == Sent(ts="SM" + "1".zfill(32))
    assert network.sent == [
        {
            "To": "+14158675309",
            "Body": "Hello Ann",
            "From": NUMBER,
            "StatusCallback": "https://csbot.example/t",
        }
    ]


def test_a_messaging_service_sends_in_place_of_a_number(network):
    send(network, sender="MG123", callback_url="")
    assert network.sent[0]["MessagingServiceSid"] == "MG123"
    assert {"From", "StatusCallback"}.isdisjoint(network.sent[0])


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ((400, 21610), Dead("21610 no", "consent")),
        ((400, 21211), Dead("21211 no", "address")),
        ((400, 21614), Dead("21614 no", "address")),
        ((400, 21617), Dead("21617 no")),
        ((400, 21606), Held("21606 no", timedelta(minutes=10), ours=True)),
        ((401, 20003), Held("20003 no", timedelta(minutes=10), ours=True)),
        ((403, 20005), Held("20005 no", timedelta(minutes=10), ours=True)),
        ((302, 0), Held("0 no", timedelta(minutes=10), ours=True)),
        ((500, 20500), Uncertain("20500 no")),
        ((503, 20503), Uncertain("20503 no")),
        (DROP, Uncertain("no answer: RemoteDisconnected")),
        (TAKE_AND_DROP, Uncertain("no answer: RemoteDisconnected")),
        (TAKE_AND_HANG, Uncertain("no answer: TimeoutError")),
    ],
)
def test_the_answer_says_whether_it_may_have_arrived(network, said, outcome):
    network.says = said
    assert send(network) == outcome


def test_too_many_at_once_wait_as_long_as_they_are_told(network):
    network.says, network.retry_after = (429, 20429), "7"
    assert send(network) == Held("20429 no", timedelta(seconds=7))


def test_a_wrong_token_is_for_an_admin_to_mend(network):
    found = send(network, token="another")
    assert isinstance(found, Held)
    assert found.ours
    assert network.sent == []


def test_twilio_away_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert isinstance(send(Network(port)), Held)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("+14158675309", "+14158675309"),
        ("0049 (30) 901820", "+4930901820"),
        ("030 901820", None),
        ("+1415867530x", None),
        ("+14158675309;DROP", None),
        ("", None),
    ],
)
def test_a_number_needs_its_country_code(typed, sent):
    assert phone(typed) == sent


@pytest.mark.parametrize(
    ("body", "told", "wished"),
    [
        ("STOP", "", "stop"),
        (" Stop. ", "", "stop"),
        ("please stop by on Monday", "", None),
        ("arret", "STOP", "stop"),
        ("start", "", "start"),
        ("HELP", "HELP", None),
    ],
)
def test_one_word_ends_the_sms_and_one_begins_them_again(body, told, wished):
    assert wish(body, told) == wished
