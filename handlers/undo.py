"""Taking back the last thing one did."""

from csbot.errors import Refused
from csbot.undoing.service import Stays, offer, undo
from csbot.words import said
from handlers.ask import Answer, Command, on_command


@on_command("undo")
def take_back(ask: Command) -> Answer:
    if ask.text:
        raise Refused(
            f"`/cs undo` takes back the last thing you did, whatever it was. I did not read "
            f"{said(ask.text)}."
        )
    try:
        return undo(ask.session, by=ask.person, now=ask.now, settings=ask.settings)
    except Stays as stays:
        if stays.before is None:
            raise
        return offer(stays.reason, stays.before, now=ask.now)
