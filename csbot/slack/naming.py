"""How Slack writes the names and ids of channels and people."""

import re
from collections.abc import Iterable

CHANNEL = re.compile(r"#[^\s#@<>|,]{1,80}|[CG][A-Z0-9_]{1,30}")
PERSON = re.compile(r"[UW][A-Z0-9_]{1,30}")


def is_channel(text: str) -> bool:
    """A channel's #name or id; a person's or a direct conversation's is none."""
    return CHANNEL.fullmatch(text) is not None


def known_channel(text: str) -> str:
    """The same; raises ValueError for what no channel can be called."""
    known_channels([text])
    return text


def known_channels(texts: Iterable[str]) -> None:
    """Raises ValueError that names all which no channel can be called."""
    odd = [one for one in texts if not is_channel(one) or (one[0] == "#" and one != one.lower())]
    if odd:
        raise ValueError(f"{_are(odd, 'channel')}; write it like #cs-alerts")


def known_people(texts: Iterable[str]) -> None:
    """Raises ValueError that names all which are no id of a person."""
    odd = [one for one in texts if PERSON.fullmatch(one) is None]
    if odd:
        raise ValueError(f"{_are(odd, 'id of Slack')}; copy it from the person's profile (U…)")


def _are(odd: list[str], what: str) -> str:
    named = ", ".join(repr(one[:60]) for one in odd)
    return f"{named} {'is' if len(odd) == 1 else 'are each'} no {what}"
