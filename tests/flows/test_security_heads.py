"""What reaches the server before a request is one: heads without end, heads that never come."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from handlers import heads

POST = b"POST /v1/track HTTP/1.1\r\nHost: csbot\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"
PART = b"a" * 65_536
ENDLESS = 64 * 1024 * 1024


@pytest.fixture
def peer(open_office):
    address = urlsplit(open_office().url)
    with socket.create_connection((address.hostname, address.port), 10) as connected:
        yield connected


def poured(peer: socket.socket, start: bytes, part: bytes) -> int:
    """How many bytes the server took until it hung up."""
    peer.sendall(start)
    taken = 0
    with suppress(ConnectionError):
        while taken < ENDLESS:
            taken += peer.send(part)
    return taken


@pytest.mark.parametrize(
    ("start", "part"),
    [
        (POST + b"X-Long: ", PART),
        (POST, b"X-One: " + PART[:1000] + b"\r\n"),
        (b"POST /", PART),
        (b"\r\n", b"\r\n" * 30_000),
        (CHUNKED + b"X-Trailer: ", PART),
        (CHUNKED, b"X-One: " + PART[:1000] + b"\r\n"),
    ],
    ids=["one header", "many headers", "an address", "blank lines", "one trailer", "many trailers"],
)
def test_what_never_ends_is_cut_off(peer, start, part):
    assert poured(peer, start, part) < ENDLESS / 4


def test_a_head_that_is_too_long_is_told_so(peer):
    head = POST + b"X-Long: "
    peer.sendall(head.ljust(heads.BESIDE_BODY_MAX + 1, b"a"))
    assert heads.TOO_LONG.encode() in peer.recv(65_536)


@pytest.mark.parametrize("begun", [b"", b"POST /v1/track HTTP/1.1\r\nHost: csb"])
def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch, open_office, begun):
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.2)
    address = urlsplit(open_office().url)
    with socket.create_connection((address.hostname, address.port), 10) as peer:
        peer.sendall(begun)
        assert peer.recv(100) == b""


def test_a_body_of_any_allowed_size_is_no_head(open_office):
    office = open_office()
    key, long = (
        office.key("usage"),
        {"userId": "ann", "event": "E", "properties": {"a": "b" * 30_000}},
    )
    event = {**long, "type": "track"}
    for _ in range(3):  # on one connection
        answer = office.post("/v1/batch", {"batch": [event] * 16}, key=key)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
