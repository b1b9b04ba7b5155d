"""One template that writes many lines of a message, each of which gets a block of its own."""

from messages.text import Mrkdwn

# A character that `escape` drops from every value: nobody's name can begin a new piece.
PIECE = Mrkdwn("\x02")


def pieces(body: str, count: int) -> list[str]:
    """A template's text between its `{{ piece }}` marks: exactly `count` of them, maybe empty."""
    found = [part.strip() for part in body.split(PIECE)]
    return (found + [""] * count)[:count]
