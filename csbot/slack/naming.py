"""How Slack writes the names and ids of channels and people."""

import re

CHANNEL = re.compile(r"#[^\s#@<>|,]{1,80}|[CG][A-Z0-9_]{1,30}")
PERSON = re.compile(r"[UW][A-Z0-9_]{1,30}")


def is_channel(text: str) -> bool:
    """A channel's #name or id; a person's or a direct conversation's is none."""
    return CHANNEL.fullmatch(text) is not None


def known_channel(text: str) -> str:
    """The same; raises ValueError for what no channel can be called."""
    if not is_channel(text) or (text[0] == "#" and text != text.lower()):
        raise ValueError(f"{text[:60]!r} is no channel; write it like #cs-alerts")
    return text


def known_person(text: str) -> str:
    """The same; raises ValueError for what is no id of a person."""
    if PERSON.fullmatch(text) is None:
        raise ValueError(f"{text[:60]!r} is no id of Slack; copy it from the person's profile (U…)")
    return text
