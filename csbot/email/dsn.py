"""Reads the mail in which a server says that ours could not be delivered (RFC 3464)."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import cast

from csbot.email.rules import answer, is_gone

FAILED = "failed"
PARTS_MAX, TEXT_MAX = 50, 300


@dataclass(frozen=True)
class Bounce:
    """`gone`: nothing reaches the address; else this one message was not wanted there."""

    message_id: str
    reason: str
    gone: bool


def read(raw: bytes) -> Bounce | None:
    """None for what is no such mail, says that it is only late, or names no e-mail of ours."""
    message = message_from_bytes(raw, policy=compat32)
    if message.get_content_type() != "multipart/report":
        return None
    parts = [part for _, part in zip(range(PARTS_MAX), message.walk(), strict=False)]
    ours = _message_id(parts)
    failed = [fields for fields in _recipients(parts) if _field(fields, "action") == FAILED]
    if not ours or not failed:
        return None
    status, said = _field(failed[0], "status"), _field(failed[0], "diagnostic-code")
    reason = _said(status, said.partition(";")[2] or said)
    return Bounce(ours, reason, gone=is_gone(0, status))


def _said(status: str, said: str) -> str:
    """The server's own answer, with its code first."""
    code, _, rest = said.strip().partition(" ")
    return answer(int(code), rest) if code.isdecimal() else f"{status} {said.strip()}".strip()


def _recipients(parts: list[Message]) -> Iterator[Message]:
    """A block of fields for each address; the first block is about the message as a whole."""
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            yield from (block for block in part.get_payload() if isinstance(block, Message))


def _message_id(parts: list[Message]) -> str | None:
    """Of the mail that came back, whole or its headers alone."""
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            raw = cast(bytes, part.get_payload(decode=True) or b"")
            inner = message_from_bytes(raw, policy=compat32)
        elif part.get_content_type() == "message/rfc822" and part.is_multipart():
            inner = cast("Message[str, str]", part.get_payload(0))
        else:
            continue
        if found := _field(inner, "message-id"):
            return found
    return None


def _field(block: Message, name: str) -> str:
    value = str(block.get(name, ""))
    printable = "".join(c if c.isprintable() else " " for c in value)
    spelt = " ".join(printable.split())[:TEXT_MAX]
    return spelt.lower() if name == "action" else spelt
