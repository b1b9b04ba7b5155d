"""An e-mail to one person, as it goes over the wire.

The payload is `{from_name, reply_to, to, subject, text, html, unsubscribe_url, attachments}`; an
attachment is `{name, type, text}`, its type like `text/calendar; method=REQUEST`. Whatever stands
in it, nothing but these headers is made of it.
"""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, getaddresses
from typing import Any
from uuid import UUID, uuid5

Payload = dict[str, Any]
OURS = UUID("0d0c3d67-4b53-5f3c-8f0e-64d4f1d86b6f")
NAME_MAX, SUBJECT_MAX, ADDRESS_MAX = 100, 250, 254
LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
ATTACHED = re.compile(r"text/([a-z0-9.+-]+)(?:; method=([A-Z]+))?")
AS_IT_IS = {"list-unsubscribe", "message-id"}  # readers of these know no encoded words


class _Policy(EmailPolicy):
    """Python folds a long address in a header into encoded words, which nobody could follow."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in AS_IT_IS:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in AS_IT_IS:
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


POLICY = _Policy(linesep="\r\n", cte_type="7bit")  # what any server takes


def write(payload: Payload, *, sender: Address, key: str, now: datetime) -> EmailMessage:
    """Raises ValueError for what is no address."""
    message = EmailMessage(policy=POLICY)
    shown = one_line(payload.get("from_name") or sender.display_name, NAME_MAX)
    message["From"] = Address(shown, addr_spec=sender.addr_spec)
    message["To"] = Address(addr_spec=address(payload["to"]))
    if payload.get("reply_to"):
        message["Reply-To"] = Address(shown, addr_spec=address(payload["reply_to"]))
    message["Subject"] = one_line(payload["subject"], SUBJECT_MAX)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(key, payload.get("unsubscribe_url") or "", sender)
    # A playbook wrote it: whoever is away need not have their absence answer it.
    message["Auto-Submitted"] = "auto-generated"
    _unsubscribe(message, payload.get("unsubscribe_url") or "")
    message.set_content(_lines(payload["text"]))
    if payload.get("html"):
        message.add_alternative(_lines(payload["html"]), subtype="html")
    for attached in payload.get("attachments") or []:
        _attach(message, attached)
    return message


def message_id(key: str, link: str, sender: Address) -> str:
    """The same for the same message, and nothing that anybody could guess.

    Whoever knows it has seen the message: reports that name it are believed.
    """
    return f"<{uuid5(OURS, f'{key} {link}')}@{sender.domain}>"


def address(text: str) -> str:
    """As it goes over the wire, a domain of other letters in ASCII; raises ValueError."""
    local, at, domain = text.strip().rpartition("@")
    try:
        spelt = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("is no e-mail address") from None
    dotted = not local.startswith(".") and not local.endswith(".") and ".." not in local
    labels = spelt.split(".")
    known = at and dotted and LOCAL_PART.fullmatch(local) and all(map(LABEL.fullmatch, labels))
    if not known or len(local) + len(spelt) >= ADDRESS_MAX:
        raise ValueError("is no e-mail address")
    return f"{local}@{spelt}"


def mailbox(text: str) -> Address:
    """Of `Acme Success <success@acme.example>`; raises ValueError."""
    found = getaddresses([text])
    name, spec = found[0]
    if len(found) > 1 or not spec or not text.isprintable():
        raise ValueError("must be like Acme Success <success@acme.example>")
    return Address(one_line(name, NAME_MAX), addr_spec=address(spec))


def one_line(text: str, longest: int) -> str:
    """Without line breaks and other control characters, of which headers could be made.

    Nor with encoded words: Python would decode them while it writes, line breaks and all.
    """
    plain = "".join(c if c.isprintable() else " " for c in text).replace("=?", "= ?")
    return " ".join(plain.split())[:longest].strip()


def _unsubscribe(message: EmailMessage, url: str) -> None:
    if not url:
        return
    if not (url.startswith(("https://", "http://")) and re.fullmatch(r"[!-;=?-~]+", url)):
        raise ValueError("has no address to unsubscribe at")
    message["List-Unsubscribe"] = f"<{url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _attach(message: EmailMessage, attached: dict[str, str]) -> None:
    told = ATTACHED.fullmatch(attached["type"])
    if told is None:
        raise ValueError("has an attachment of an unknown type")
    params = {"method": told[2]} if told[2] else None
    message.add_attachment(
        _lines(attached["text"]),
        subtype=told[1],
        params=params,
        filename=one_line(attached["name"], NAME_MAX),
    )


def _lines(text: str) -> str:
    """A single \\r would end a line for some and not for others; nobody can read a NUL."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return unified.encode("utf-8", "replace").decode("utf-8")
