"""Which mail server takes our e-mails: what SMTP_URL says."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

PORTS = {"tls": 465, "starttls": 587, "none": 25}


@dataclass(frozen=True)
class Server:
    """`security` none is only for a server on this machine: no network reads along."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str
    password: str


def server(url: str) -> Server:
    """Raises ValueError, whose words hold nothing of the password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("cannot be read; is the port a number?") from None
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise ValueError("must be like smtp://user:password@mail.example:587, or smtps://…")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must end after the port; write /, ? and # in a password as %2F, %3F, %23")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("needs both a user and a password, or neither")
    security = _security(parts.scheme, host)
    return Server(host, port or PORTS[security], security, user, password)


def _security(scheme: str, host: str) -> Literal["tls", "starttls", "none"]:
    if scheme == "smtps":
        return "tls"
    return "none" if is_this_machine(host) else "starttls"


def is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
