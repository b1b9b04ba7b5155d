"""A mail server on this machine that takes mail, or refuses, waits and breaks off where told."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).parent / "certificates" / "localhost.pem"
STEPS = ("MAIL", "RCPT", "DATA", "dot")
DROP, TAKE_AND_DROP, HANG, TAKE_AND_HANG = "drop", "take and drop", "hang", "take and hang"


@dataclass(frozen=True)
class Arrived:
    """`raw` is what stood between DATA and the dot, without the dots that were doubled."""

    sender: str
    to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, BytesParser(policy=default).parsebytes(self.raw))


@dataclass
class PostOffice:
    """`says` has what it answers at a step instead of yes, for all or for one address."""

    port: int = 0
    user: str = ""
    password: str = ""
    says: dict[str, str] = field(default_factory=dict)
    for_address: dict[str, str] = field(default_factory=dict)
    received: list[Arrived] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def messages(self, to: str | None = None) -> list[EmailMessage]:
        return [one.message for one in self.received if to is None or to in one.to]


class _Counter(SMTP):
    """One conversation at the counter of the office."""

    office: PostOffice

    async def _told(self, step: str, said: str | None = None) -> bool:
        """Whether the step was answered otherwise than by yes."""
        self.office.asked.append(step)
        said = said or self.office.says.get(step)
        if said is None:
            return False
        if said == HANG:
            await asyncio.sleep(3600)
        if said == DROP:
            assert self.transport is not None
            self.transport.abort()
            return True
        await self.push(said)
        return True

    async def smtp_MAIL(self, arg: str) -> None:
        if not await self._told("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        whom = arg.partition("<")[2].partition(">")[0]
        if not await self._told("RCPT", self.office.for_address.get(whom)):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if not await self._told("DATA"):
            await super().smtp_DATA(arg)


@dataclass
class _Clerk:
    office: PostOffice

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = self.office.says.get("dot", "")
        self.office.asked.append("dot")
        if not said or said.startswith(("2", "take")):
            assert isinstance(envelope.content, bytes)
            to = tuple(str(one) for one in envelope.rcpt_tos)
            self.office.received.append(Arrived(str(envelope.mail_from), to, envelope.content))
        if said.endswith(HANG):
            await asyncio.sleep(3600)
        if said.endswith(DROP):
            assert server.transport is not None
            server.transport.abort()
        return said or "250 taken"


@contextmanager
def mail_server(*, tls: bool = False, user: str = "", password: str = "") -> Iterator[PostOffice]:
    """Open on a free port of loopback; with `tls` it wants STARTTLS, with `user` a login."""
    office = PostOffice(user=user, password=password)
    ready, loop = Event(), asyncio.new_event_loop()
    thread = Thread(target=_serve, args=(loop, office, ready, tls), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield office
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)


def _serve(loop: asyncio.AbstractEventLoop, office: PostOffice, ready: Event, tls: bool) -> None:
    asyncio.set_event_loop(loop)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
    if context:
        context.load_cert_chain(CERTIFICATE)

    def counter() -> _Counter:
        options: dict[str, Any] = {"tls_context": context, "require_starttls": tls}
        if office.user:
            options |= {"authenticator": _knows(office), "auth_required": True}
            options |= {"auth_require_tls": tls}
        made = _Counter(_Clerk(office), hostname="mail.example", loop=loop, **options)
        made.office = office
        return made

    server = loop.run_until_complete(loop.create_server(counter, "127.0.0.1", 0))
    office.port = server.sockets[0].getsockname()[1]
    ready.set()
    loop.run_forever()
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def _knows(office: PostOffice) -> Any:
    def check(server: SMTP, session: Session, envelope: Envelope, how: str, told: Any) -> Any:
        right = LoginPassword(office.user.encode(), office.password.encode())
        return AuthResult(success=told == right, handled=False)

    return check
