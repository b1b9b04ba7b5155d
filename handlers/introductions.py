"""An introduction that has been read."""

from csbot.home import service as home
from csbot.team import introductions
from handlers.ask import Answer, Press, on_press
from messages.ids import Action
from messages.said import Said

CLOSED = "Closed. You find the same in `/cs help`, and how csbot reaches you in `/cs settings`."


@on_press(Action.INTRODUCTION_CLOSE)
def close(ask: Press) -> Answer:
    """In Home one sees it go."""
    introductions.close(ask.session, ask.person, now=ask.now)
    if ask.channel is None:
        home.show(ask.session, [ask.person], now=ask.now)
        return None
    return Said(sentence=CLOSED)
