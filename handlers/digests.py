"""The digest on demand, and the lists behind its Show buttons."""

from csbot.digests import service
from csbot.digests.lists import listing
from handlers.ask import Answer, Command, Press, on_command, on_press
from messages.ids import Action


@on_command("digest")
def digest(ask: Command) -> Answer:
    return service.mine(ask.session, person=ask.person, settings=ask.settings, now=ask.now)


@on_press(Action.DIGEST_SHOW)
def show(ask: Press) -> Answer:
    return listing(ask.session, ask.value, person=ask.person, settings=ask.settings, now=ask.now)
