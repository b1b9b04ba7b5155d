"""The digest on demand, and the lists behind its Show buttons."""

from csbot.digests import service
from csbot.digests.lists import listing
from csbot.errors import Refused
from csbot.words import said
from handlers.ask import Answer, Command, Press, on_command, on_press
from messages.ids import Action


@on_command("digest")
def digest(ask: Command) -> Answer:
    if ask.text and ask.text.casefold() not in ("me", "my", "mine"):
        raise Refused(f"I can show your own digest: `/cs digest`. I did not read {said(ask.text)}.")
    return service.mine(ask.session, person=ask.person, settings=ask.settings, now=ask.now)


@on_press(Action.DIGEST_SHOW)
def show(ask: Press) -> Answer:
    return listing(ask.session, ask.value, person=ask.person, settings=ask.settings, now=ask.now)
