"""Where a message stands in Slack: csbot's own, or somebody else's that it answers."""

from dataclasses import dataclass

FOREIGN = "at:"  # before the channel and number of a message that csbot did not post


@dataclass(frozen=True)
class Anchor:
    """Where the message stands that an update rewrites or a reply answers."""

    channel: str
    ts: str


def place(channel: str, ts: str) -> str:
    """What a reply names as its `thread` where that began with a message of somebody else's."""
    return f"{FOREIGN}{channel}:{ts}"


def read(key: str) -> Anchor | None:
    """None for the key of a message of csbot's own."""
    if not key.startswith(FOREIGN):
        return None
    channel, _, ts = key.removeprefix(FOREIGN).partition(":")
    return Anchor(channel, ts)
