"""An introduction that has been read."""

from csbot.team import introductions
from handlers.ask import Answer, Press, on_press
from messages.ids import Action
from messages.said import Said

CLOSED = "Closed. You find the same in `/cs help`, and how csbot reaches you in `/cs settings`."


@on_press(Action.INTRODUCTION_CLOSE)
def close(ask: Press) -> Answer:
    """In Home, which is drawn anew after every change, one sees it go."""
    closed = introductions.close(ask.session, ask.person, now=ask.now)
    return None if closed and ask.channel is None else Said(sentence=CLOSED)
