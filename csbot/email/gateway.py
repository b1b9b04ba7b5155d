"""The only home of smtplib: hands one e-mail to the mail server, and says how that ended."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from typing import NoReturn

from csbot import clock
from csbot.email import letter, rules
from csbot.email.server import Server
from csbot.outbox.outcome import Dead, Held, Later, Outcome, Sent, Uncertain

GO_AHEAD = 354
NOT_TRIED_LONGER = 0.05  # seconds


class _Answered(Exception):
    """The server said no, which settles the attempt."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(frozen=True)
class Gateway:
    """`timeout` is for one step, `longest` for all of them; both in seconds."""

    server: Server
    sender: Address
    timeout: float
    longest: float

    def send(self, payload: letter.Payload, *, key: str, now: datetime) -> Outcome:
        """Tried once: what may have been accepted is Uncertain, never repeated in here."""
        try:
            message = letter.write(payload, sender=self.sender, key=key, now=now)
            to = letter.address(payload["to"])
        except ValueError as wrong:
            return Dead(str(wrong), "address")
        return self._talking(
            lambda talk: talk.hand_over(to, message.as_bytes(), message["Message-ID"])
        )

    def try_out(self) -> Held | Dead | None:
        """What keeps the server from taking anything of this sender; None if nothing does."""
        found = self._talking(lambda talk: Sent())
        return found if isinstance(found, Held | Dead) else None

    def _talking(self, say: Callable[["_Talk"], Outcome]) -> Outcome:
        try:
            with self._connected(clock.steady() + self.longest) as talk:
                talk.ask("sender", "MAIL", f"FROM:<{self.sender.addr_spec}>")
                return say(talk)
        except _Answered as end:
            return end.outcome
        except (OSError, smtplib.SMTPException) as failure:
            return Held(f"no connection: {type(failure).__name__}", rules.AWAY)

    @contextmanager
    def _connected(self, deadline: float) -> Iterator["_Talk"]:
        secure = ssl.create_default_context()
        with _left_politely(self._reached(secure)) as smtp:
            talk = _Talk(smtp, self.timeout, deadline)
            talk.greet()
            if self.server.security == "starttls":
                talk.encrypt(secure)
            if self.server.user:
                talk.log_in(self.server.user, self.server.password)
            yield talk

    def _reached(self, secure: ssl.SSLContext) -> smtplib.SMTP:
        host, port = self.server.host, self.server.port
        try:
            if self.server.security == "tls":
                return smtplib.SMTP_SSL(host, port, timeout=self.timeout, context=secure)
            return smtplib.SMTP(host, port, timeout=self.timeout)
        except smtplib.SMTPConnectError as refusal:
            _refuse("greeting", refusal.smtp_code, refusal.smtp_error)


@dataclass
class _Talk:
    smtp: smtplib.SMTP
    timeout: float
    deadline: float

    def ask(self, stage: rules.Stage, command: str, more: str = "", *, wanted: int = 250) -> None:
        self._wait_at_most(self.timeout)
        code, text = self.smtp.docmd(command, more)
        if code != wanted and not (wanted == 250 and 200 <= code < 300):
            _refuse(stage, code, text)

    def greet(self) -> None:
        self._wait_at_most(self.timeout)
        code, _ = self.smtp.ehlo()
        if code != 250:
            self.ask("greeting", "HELO", self.smtp.local_hostname)

    def encrypt(self, secure: ssl.SSLContext) -> None:
        """A server that cannot is not told any password, nor what customers are written."""
        if not self.smtp.has_extn("starttls"):
            raise _Answered(Held("the server offers no STARTTLS", rules.OURS_TO_MEND, ours=True))
        self._wait_at_most(self.timeout)
        self.smtp.starttls(context=secure)
        self.greet()

    def log_in(self, user: str, password: str) -> None:
        self._wait_at_most(self.timeout)
        try:
            self.smtp.login(user, password)
        except smtplib.SMTPResponseException as refusal:
            _refuse("login", refusal.smtp_code, refusal.smtp_error)
        except smtplib.SMTPNotSupportedError:
            raise _Answered(
                Held("the server offers no login", rules.OURS_TO_MEND, ours=True)
            ) from None

    def hand_over(self, to: str, content: bytes, message_id: str) -> Outcome:
        """Until its last dot has gone out the server has nothing; after that it may have all.

        What breaks off here may be this message's own fault: it alone is put off.
        """
        try:
            self.ask("recipient", "RCPT", f"TO:<{to}>")
            self.ask("content", "DATA", wanted=GO_AHEAD)
            self._wait_at_most(self.timeout)
            self.smtp.send(re.sub(rb"(?m)^\.", b"..", content))
        except (OSError, smtplib.SMTPException) as failure:
            return Later(f"lost half-way: {type(failure).__name__}", rules.GREYLISTED)
        try:
            self._wait_at_most(self.deadline - clock.steady())
            self.smtp.send(b".\r\n")
            code, text = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as failure:
            return Uncertain(f"no answer: {type(failure).__name__}")
        if 200 <= code < 300:
            return Sent(ts=message_id)
        if 400 <= code < 600:
            return rules.judged("content", code, _text(text))
        return Uncertain("an answer that cannot be read")

    def _wait_at_most(self, seconds: float) -> None:
        left = min(seconds, self.deadline - clock.steady())
        if self.smtp.sock is not None:
            self.smtp.sock.settimeout(max(left, NOT_TRIED_LONGER))


@contextmanager
def _left_politely(smtp: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """A goodbye is polite, but what was said before it counts."""
    try:
        yield smtp
    finally:
        with suppress(OSError, smtplib.SMTPException):
            smtp.putcmd("quit")
        smtp.close()


def _refuse(stage: rules.Stage, code: int, text: bytes | str) -> NoReturn:
    if not 400 <= code < 600:
        raise _Answered(Held("an answer that cannot be read", rules.AWAY))
    raise _Answered(rules.judged(stage, code, _text(text)))


def _text(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
