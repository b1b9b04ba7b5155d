"""Fetches an address that a person gave: https, to public hosts, and only so much for so long.

Each host name is looked up once and every answer is checked; the connection goes to the very
address that was checked, so a name that points elsewhere a moment later (rebinding) gains nothing.
"""

import http.client
import io
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from csbot import clock

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
SIZE_MAX = 10_000_000  # bytes, before and after unpacking
SECONDS = 30.0  # from the first connection to the last byte, redirects included
REDIRECTS = 3
CHUNK = 65_536
TAG_MAX = 300
NAT64 = IPv6Network("64:ff9b::/96")
MOVED = {301, 302, 303, 307, 308}
PUBLIC_ONLY = (
    "only addresses on the internet are fetched: use such a one, "
    "or let its network in with [calendars] allowed_networks in csbot.toml"
)


class FetchError(Exception):
    """Why there is no answer, and what to do: a sentence without any part of a secret address."""


@dataclass(frozen=True)
class Limits:
    size: int = SIZE_MAX
    seconds: float = SECONDS


@dataclass(frozen=True)
class Fetched:
    """`body` is None when it has not changed; `tag` is what to ask with next time."""

    body: bytes | None
    tag: str | None


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, as the system finds it; `127.1` and `0x7f000001` are 127.0.0.1."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def fetch(
    url: str,
    *,
    allowed: Sequence[Network] = (),
    tag: str | None = None,
    limits: Limits = Limits(),
    resolve: Resolve = resolve,
) -> Fetched:
    """What stands at `url`; raises FetchError. `allowed` are networks that are not public.

    `tag` is that of an earlier answer. No proxies, no cookies, no passwords.
    """
    deadline = clock.steady() + limits.seconds
    target = _target(url)
    for _ in range(REDIRECTS + 1):
        addresses = _checked(target, allowed, resolve)
        with _Exchange(target, addresses, deadline) as exchange:
            response = exchange.get(_headers(tag))
            if response.status not in MOVED:
                return _answer(response, limits)
            target = _target(response.getheader("Location") or "", target.geturl())
    raise FetchError(f"it leads on more than {REDIRECTS} times: use the address where it ends")


def _target(url: str, base: str = "") -> SplitResult:
    """Its parts; raises FetchError for what is no address of a web page."""
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise FetchError("it is no web address: it must begin with https://")
    if "@" in parts.netloc:
        raise FetchError("it holds a user name: use an address that needs none")
    return parts


def _checked(target: SplitResult, allowed: Sequence[Network], resolve: Resolve) -> list[Address]:
    """All addresses of its host; one among them that is not public refuses them all."""
    host, port = str(target.hostname), target.port or _port(target)
    try:
        found = [ip_address(answer) for answer in resolve(host, port)]
    except (OSError, ValueError):  # UnicodeError is a ValueError
        found = []
    if not found:
        raise FetchError("its host name is not known: look for a mistake in it")
    within = [any(address in network for network in allowed) for address in found]
    if not all(inside or is_public(address) for inside, address in zip(within, found, strict=True)):
        raise FetchError(f"it leads into a network that is not public; {PUBLIC_ONLY}")
    if target.scheme == "http" and not all(within):
        raise FetchError("it is not encrypted: use the same address with https://")
    return found


def _port(target: SplitResult) -> int:
    return 443 if target.scheme == "https" else 80


def is_public(address: Address) -> bool:
    """Whether it is somebody's on the internet, also what a tunnelled address really means."""
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _headers(tag: str | None) -> dict[str, str]:
    headers = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "gzip"}
    headers |= {"User-Agent": "csbot", "Connection": "close"}
    if tag:
        spelt = tag.startswith(('"', "W/"))
        headers["If-None-Match" if spelt else "If-Modified-Since"] = tag
    return headers


class _Exchange:
    """One request to one of the checked addresses, over by `deadline`."""

    def __init__(self, target: SplitResult, addresses: Sequence[Address], deadline: float) -> None:
        self._target, self._addresses, self._deadline = target, addresses, deadline
        self._connection = http.client.HTTPConnection(
            str(target.hostname), target.port or _port(target)
        )

    def __enter__(self) -> "_Exchange":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        try:
            self._connection.sock = self._connected()
            timed: Any = partial(_Response, deadline=self._deadline)
            self._connection.response_class = timed
            self._connection.putrequest("GET", self._path(), skip_accept_encoding=True)
            for name, value in headers.items():
                self._connection.putheader(name, value)
            self._connection.endheaders()
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _failure(error) from None

    def _path(self) -> str:
        path = quote(self._target.path or "/", safe="/%:@!$&'()*+,;=~")
        query = quote(self._target.query, safe="/%:@!$&'()*+,;=~?")
        return f"{path}?{query}" if query else path

    def _connected(self) -> socket.socket:
        """TLS is verified against the name that was typed, whatever the address."""
        plain = self._reached()
        if self._target.scheme == "http":
            return plain
        try:
            name = self._target.hostname
            return ssl.create_default_context().wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def _reached(self) -> socket.socket:
        port = self._target.port or _port(self._target)
        for address in self._addresses[:-1]:
            try:
                return socket.create_connection((str(address), port), _left(self._deadline) / 2)
            except OSError:
                continue  # often the one of IPv6 on a host without it
        return socket.create_connection((str(self._addresses[-1]), port), _left(self._deadline))


class _Timed(io.RawIOBase):
    """Reads of a socket that end at one deadline: a timeout for each could be drawn out forever."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Timed(raw, sock, deadline))


def _left(deadline: float) -> float:
    left = deadline - clock.steady()
    if left <= 0:
        raise TimeoutError
    return left


def _failure(error: Exception) -> FetchError:
    if isinstance(error, TimeoutError):
        return FetchError("it takes too long to answer: see whether it opens in a browser")
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchError("its certificate does not fit its name: the host has to mend that")
    if isinstance(error, ssl.SSLError):
        return FetchError("it does not speak TLS: look for a mistake in host name and port")
    if isinstance(error, http.client.HTTPException | ValueError):
        return FetchError("it does not answer as a web server does: look for a mistake in it")
    return FetchError("it cannot be reached: see whether it opens in a browser")


def _answer(response: http.client.HTTPResponse, limits: Limits) -> Fetched:
    tag = response.getheader("ETag") or response.getheader("Last-Modified") or ""
    if response.status == HTTPStatus.NOT_MODIFIED:
        return Fetched(None, None)
    if response.status != HTTPStatus.OK:
        raise FetchError(_refused(response.status))
    try:
        fits = tag.isprintable() and len(tag) <= TAG_MAX  # any other is kept and sent by nobody
        return Fetched(_body(response, limits.size), tag if fits and tag else None)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failure(error) from None


def _refused(status: int) -> str:
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT) or status >= 500:
        return f"it answers {status}: it may be better the next time"
    return f"it answers {status}: copy the address again, it may have been made new"


def _body(response: http.client.HTTPResponse, most: int) -> bytes:
    """All of it, without its gzip; raises FetchError as soon as it grows beyond `most` bytes."""
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise FetchError(f"it is packed as {encoding[:20]!r}, which csbot did not ask for")
    gzip = None if encoding == "identity" else zlib.decompressobj(wbits=31)
    body, taken = bytearray(), 0
    while chunk := response.read(CHUNK):
        taken += len(chunk)
        try:
            body += gzip.decompress(chunk, most + 1 - len(body)) if gzip else chunk
        except zlib.error:
            raise FetchError("its gzip is damaged: it may be better the next time") from None
        if max(len(body), taken) > most:
            raise FetchError(f"it is larger than {most // 1_000_000} MB: share less of it")
    if response.length or (gzip and not gzip.eof):
        raise FetchError("it broke off half-way: it may be better the next time")
    return bytes(body)
