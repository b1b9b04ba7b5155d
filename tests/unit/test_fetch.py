"""Addresses that people give are fetched from the internet only, and only so much for so long."""

import gzip
import tracemalloc
from ipaddress import ip_address, ip_network

import pytest

from csbot.fetch import Fetched, FetchError, Limits, fetch, is_public, resolve
from tests.web_server import CERTIFICATE, answer, saying, serving

HERE = [ip_network("127.0.0.0/8")]
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def got(server, path="/secret", host="calendar.example", **more) -> Fetched:
    url = f"http://{host}:{server.port}{path}"
    return fetch(url, **({"allowed": HERE, "resolve": here} | more))


def failed(server, **more) -> str:
    with pytest.raises(FetchError) as why:
        got(server, **more)
    return str(why.value)


def refused(url: str, **more) -> str:
    with pytest.raises(FetchError) as why:
        fetch(url, **more)
    return str(why.value)


def test_what_stands_there_comes_with_its_tag():
    with serving(saying(answer(CALENDAR, ETag='"1"'))) as server:
        assert got(server) == Fetched(CALENDAR, '"1"')
    assert server.requests[0].startswith(b"GET /secret HTTP/1.1\r\nHost: calendar.example:")


@pytest.mark.parametrize("tag", ["\0", '"\x1b[31m"', f'"{"a" * 60_000}"', '"1"\r\n and more'])
def test_a_tag_that_no_database_and_no_request_should_hold_is_none(tag):
    with serving(saying(answer(CALENDAR, ETag=tag))) as server:
        assert got(server) == Fetched(CALENDAR, None)


@pytest.mark.parametrize(
    ("tag", "header"),
    [
        ('W/"1"', b'If-None-Match: W/"1"\r\n'),
        ("Mon, 23 Nov 2026 09:00:00 GMT", b"If-Modified-Since: Mon, 23 Nov 2026 09:00:00 GMT\r\n"),
    ],
)
def test_what_has_not_changed_is_not_sent_again(tag, header):
    with serving(saying(answer(status="304 Not Modified"))) as server:
        assert got(server, tag=tag).body is None
    assert header in server.requests[0]


def test_odd_characters_in_a_path_are_sent_as_a_browser_sends_them():
    with serving(saying(answer(CALENDAR))) as server:
        got(server, path="/ä b%20c?d=é&e=%2F#part")
    assert server.requests[0].startswith(b"GET /%C3%A4%20b%20c?d=%C3%A9&e=%2F HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "url",
    [
        *("", "calendar", "file:///etc/passwd", "ftp://calendar.example/a", "https://", "//x/y"),
        *("https://calendar.example:99999/", "https://[::1", "https:///a", "gopher://x/"),
        *("https://calendar.example:0/", "https://calendar.example:x/"),
    ],
)
def test_only_web_addresses_are_addresses(url):
    assert refused(url, resolve=here, allowed=HERE).startswith("it is no web address")


@pytest.mark.parametrize("url", ["https://me:secret@calendar.example/", "https://a@127.0.0.1/"])
def test_a_user_name_in_an_address_is_refused_and_not_repeated(url):
    said = refused(url, resolve=here, allowed=HERE)
    assert "user name" in said
    assert "secret" not in said


def test_without_encryption_only_allowed_networks_are_asked():
    assert "https://" in refused("http://calendar.example/", resolve=lambda *_: ["93.184.216.34"])


PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("192.0.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fd12::1", "fec0::1"),
    *("ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "169.254.169.254"),
    *("2002:7f00:1::", "2002:a00:1::"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1"),
    *("2001:db8::1", "2001::1", "4000::1"),
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address):
    assert not is_public(ip_address(address))
    said = refused("https://calendar.example/", resolve=lambda *_: [address])
    assert "not public" in said
    assert "allowed_networks" in said


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "::ffff:93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"]
)
def test_a_public_address_is_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1"),
        *("127.1", "localhost", "0", "[::]", "127.0.0.1."),
    ],
)
def test_this_machine_is_refused_however_it_is_spelt(host):
    said = refused(f"https://{host}/")
    assert "not public" in said or "not known" in said


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.1", "127.1"])
def test_numbers_are_read_as_the_connection_would_read_them(host):
    assert resolve(host, 443) == ["127.0.0.1"]


def test_one_private_address_among_public_ones_refuses_the_name():
    answers = ["93.184.216.34", "10.0.0.7"]
    assert "not public" in refused("https://calendar.example/", resolve=lambda *_: answers)


def test_a_name_is_looked_up_once_and_the_connection_goes_where_it_was_checked():
    """`localhost` would resolve; it is never asked for again."""
    asked = []

    def once(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.255.255.1"]

    with serving(saying(answer(CALENDAR))) as server:
        found = got(server, host="rebinding.invalid", resolve=once)
    assert found.body == CALENDAR
    assert asked == ["rebinding.invalid"]


def test_an_unknown_name_is_a_sentence():
    assert "not known" in refused("https://calendar.example/", resolve=lambda *_: [])
    assert "not known" in refused("https://" + "a" * 70 + ".example/")


def test_the_next_address_is_tried_when_the_first_does_not_answer():
    allowed = [ip_network("127.0.0.0/8"), ip_network("::1")]
    with serving(saying(answer(CALENDAR))) as server:
        found = got(server, allowed=allowed, resolve=lambda *_: ["::1", "127.0.0.1"])
    assert found.body == CALENDAR


def test_it_follows_to_where_an_address_has_moved():
    moved = answer(status="302 Found", Location="/other?a=1")
    with serving(saying(moved, answer(CALENDAR))) as server:
        assert got(server).body == CALENDAR
    assert server.requests[1].startswith(b"GET /other?a=1 ")


def test_the_target_of_a_redirect_is_checked_like_the_first_address():
    names = {"calendar.example": "127.0.0.1", "inside.example": "10.0.0.7"}
    moved = answer(status="302 Found", Location="http://inside.example/")
    with serving(saying(moved)) as server, pytest.raises(FetchError, match="not public"):
        got(server, resolve=lambda host, _: [names[host]])


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("http://127.0.0.2:9/", "not public"),
        ("file:///etc/passwd", "no web address"),
        ("gopher://127.0.0.1/", "no web address"),
        ("http://me:secret@calendar.example/", "user name"),
        ("http://[::1", "no web address"),
    ],
)
def test_a_redirect_leads_nowhere_that_nobody_could_type(where, why):
    only = [ip_network("127.0.0.1/32")]
    with serving(saying(answer(status="301 Moved", Location=where))) as server:
        assert why in failed(server, allowed=only, resolve=lambda host, _: [_numeric(host)])
    assert len(server.requests) == 1


def _numeric(host: str) -> str:
    return host if host[0].isdigit() else "127.0.0.1"


def test_it_follows_three_times_and_no_more():
    moved = answer(status="302 Found", Location="/next")
    with serving(saying(moved, moved, moved, answer(CALENDAR))) as server:
        assert got(server).body == CALENDAR
    with serving(saying(moved)) as server, pytest.raises(FetchError, match="more than 3 times"):
        got(server)
    assert len(server.requests) == 4


def test_a_host_learns_nothing_but_what_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    moved = answer(status="302 Found", Location="http://other.example:{port}/")

    def say(server, peer, head):
        first = len(server.requests) == 1
        text = moved.replace(b"{port}", str(server.port).encode())
        peer.sendall(text if first else answer(CALENDAR, Set_Cookie="a=b"))

    with serving(say) as server:
        assert got(server).body == CALENDAR
    for head in server.requests:
        assert b"Authorization" not in head
        assert b"Cookie" not in head
        assert b"Referer" not in head


def test_a_body_is_read_up_to_the_limit():
    with serving(saying(answer(b"x" * 1000))) as server:
        assert got(server, limits=Limits(size=1000)).body == b"x" * 1000
    with serving(saying(answer(b"x" * 1001))) as server:
        assert "larger than" in failed(server, limits=Limits(size=1000))


def test_an_endless_body_is_given_up_at_the_limit():
    def say(server, peer, _):
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.over.is_set():
            peer.sendall(b"x" * 65_536)

    with serving(say) as server, pytest.raises(FetchError, match="larger than"):
        got(server, limits=Limits(size=500_000))


@pytest.mark.parametrize(
    "begun",
    [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\n"],
    ids=["line", "head", "body"],
)
def test_what_drips_is_given_up_when_the_time_is_over(begun):
    """Each byte comes in time; all of them never do."""

    def say(server, peer, _):
        peer.sendall(begun)
        while not server.over.wait(0.02):
            peer.sendall(b"a")

    with serving(say) as server, pytest.raises(FetchError, match="too long"):
        got(server, limits=Limits(seconds=0.3))


def test_redirects_share_one_time_limit():
    moved = answer(status="302 Found", Location="/next")

    def say(server, peer, _):
        server.over.wait(0.15)
        peer.sendall(moved)

    with serving(say) as server, pytest.raises(FetchError, match="too long"):
        got(server, limits=Limits(seconds=0.3))


def test_gzip_is_unpacked():
    with serving(saying(answer(gzip.compress(CALENDAR), Content_Encoding="gzip"))) as server:
        assert got(server).body == CALENDAR


def test_a_small_gzip_that_grows_is_given_up_half_way():
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    tracemalloc.start()
    with serving(saying(answer(bomb, Content_Encoding="gzip"))) as server:
        assert "larger than" in failed(server, limits=Limits(size=100_000))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(gzip.compress(CALENDAR, mtime=0)[:-9], Content_Encoding="gzip"), "half-way"),
        (answer(b"no gzip at all", Content_Encoding="gzip"), "damaged"),
        (answer(CALENDAR, Content_Encoding="br"), "did not ask for"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nBEGIN", "half-way"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nBEGIN\r\n", "web server"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfoo", "web server"),
        (b"SSH-2.0-OpenSSH\r\n", "web server"),
        (b"", "reached|web server"),
        (answer(status="404 Not Found"), "answers 404.*copy the address again"),
        (answer(status="401 Unauthorized"), "answers 401"),
        (answer(status="503 Away"), "answers 503.*next time"),
        (answer(status="302 Found"), "more than 3 times"),
    ],
)
def test_whatever_a_host_says_is_a_sentence_with_a_mend(said, why):
    with serving(saying(said)) as server, pytest.raises(FetchError, match=why):
        got(server)


def test_a_host_that_is_not_there_is_a_sentence():
    with serving(saying(b"")) as server:
        pass
    with pytest.raises(FetchError, match="cannot be reached"):
        got(server)


class TestEncryption:
    def url(self, server, host="calendar.example"):
        return f"https://{host}:{server.port}/secret"

    def test_a_certificate_of_the_right_name_and_a_known_signer_will_do(self, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        with serving(saying(answer(CALENDAR)), tls=True) as server:
            assert fetch(self.url(server), allowed=HERE, resolve=here).body == CALENDAR

    def test_a_certificate_of_another_name_will_not(self, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        with serving(saying(answer(CALENDAR)), tls=True) as server:
            url = self.url(server, "other.example")
            assert "certificate" in refused(url, allowed=HERE, resolve=here)
        assert server.requests == []

    def test_a_certificate_of_an_unknown_signer_will_not(self):
        with serving(saying(answer(CALENDAR)), tls=True) as server:
            assert "certificate" in refused(self.url(server), allowed=HERE, resolve=here)
        assert server.requests == []

    def test_a_host_without_tls_is_a_sentence(self):
        with serving(saying(answer(CALENDAR))) as server:
            assert "TLS" in refused(self.url(server), allowed=HERE, resolve=here)
