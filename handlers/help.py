"""What csbot can do, and a way to say that something is wrong."""

import re

from csbot.access import May, allows
from csbot.team.service import call_for_help, only_admin
from csbot.words import first_word
from handlers.ask import COMMANDS, Answer, Command, Press, on_command, on_press
from handlers.commands import ALIASES
from messages.answers import Help
from messages.ids import Action
from messages.team import HelpAsked

CODE = re.compile("[0-9A-F]{4}")  # as a fault is noted in the log


@on_command("help")
def help(ask: Command) -> Answer:
    """All of it, or what there is about one command."""
    topic = first_word(ask.text)[0].casefold()
    topic = ALIASES.get(topic, topic)
    return Help(
        command="/cs",
        about=topic if topic in COMMANDS else None,
        may_act=allows(ask.person.role, May.EDIT_ACCOUNTS),
        may_see_renewals=allows(ask.person.role, May.SEE_RENEWALS),
        admin=only_admin(ask.session, ask.settings),
        may_rehearse=allows(ask.person.role, May.REHEARSE),
        may_administer=allows(ask.person.role, May.SETTINGS_ALL),
    )


@on_press(Action.HELP_TELL)
def tell(ask: Press) -> Answer:
    code = ask.value if CODE.fullmatch(ask.value) else None
    told = call_for_help(ask.session, by=ask.person, settings=ask.settings, now=ask.now, code=code)
    return HelpAsked(admins=told.admins, again=told.again)
