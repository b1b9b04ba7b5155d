"""What csbot can do, and a way to say that something is wrong."""

import re

from csbot.helping import help_for
from csbot.team.service import call_for_help
from csbot.words import first_word
from handlers.ask import COMMANDS, Answer, Command, Press, on_command, on_press
from handlers.commands import ALIASES
from messages.ids import Action
from messages.team import HelpAsked

CODE = re.compile("[0-9A-F]{4}")  # as a fault is noted in the log


@on_command("help")
def help(ask: Command) -> Answer:
    """All of it, or what there is about one command."""
    topic = first_word(ask.text)[0].casefold()
    topic = ALIASES.get(topic, topic)
    about = topic if topic in COMMANDS else None
    return help_for(ask.session, about, person=ask.person, settings=ask.settings)


@on_press(Action.HELP_TELL)
def tell(ask: Press) -> Answer:
    code = ask.value if CODE.fullmatch(ask.value) else None
    told = call_for_help(ask.session, by=ask.person, settings=ask.settings, now=ask.now, code=code)
    return HelpAsked(admins=told.admins, again=told.again)
