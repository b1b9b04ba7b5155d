"""What a mail server's answer means for the message."""

import re
from datetime import timedelta
from typing import Literal

from csbot.outbox.outcome import Dead, Held, Later, Outcome

Stage = Literal["greeting", "login", "sender", "recipient", "content"]
AWAY, OURS_TO_MEND, GREYLISTED = timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=5)
LOGIN_WANTED = {530, 534, 535, 538}
NO_SUCH_MAILBOX = {550, 551, 553}  # where no enhanced code (RFC 3463) says more
ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
GONE = re.compile(r"5\.1\.(?:[0-36]|10)|5\.2\.1|5\.4\.4")
SAID_MAX = 200


def judged(stage: Stage, code: int, text: str) -> Outcome:
    """Of an answer other than yes: surely not accepted; who has to mend it decides the rest."""
    said = answer(code, text)
    if stage in ("greeting", "login") or code in LOGIN_WANTED:
        return Held(said, OURS_TO_MEND, ours=True) if code >= 500 else Held(said, AWAY)
    if code < 500:
        return Held(said, AWAY) if stage == "sender" else Later(said, GREYLISTED)
    gone = stage != "sender" and is_gone(code if stage == "recipient" else 0, text)
    return Dead(said, "address" if gone else "message")


def is_gone(code: int, text: str) -> bool:
    """Whether no mailbox is there, rather than one that does not want this message now."""
    found = ENHANCED.search(text)
    return bool(GONE.fullmatch(found[1])) if found else code in NO_SUCH_MAILBOX


def answer(code: int, text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in f"{code} {text}")
    return " ".join(printable.split())[:SAID_MAX]
