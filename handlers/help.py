"""What csbot can do, and a way to say that something is wrong."""

from csbot.access import May, allows
from csbot.team.service import call_for_help
from handlers.ask import Answer, Command, Press, on_command, on_press
from messages.answers import Help
from messages.ids import Action
from messages.team import HelpAsked


@on_command("help")
def help(ask: Command) -> Answer:
    return Help(
        command="/cs",
        may_act=allows(ask.person.role, May.EDIT_ACCOUNTS),
        may_see_renewals=allows(ask.person.role, May.SEE_RENEWALS),
        may_rehearse=allows(ask.person.role, May.REHEARSE),
    )


@on_press(Action.HELP_TELL)
def tell(ask: Press) -> Answer:
    told = call_for_help(ask.session, by=ask.person, settings=ask.settings, now=ask.now)
    return HelpAsked(admins=told.admins, again=told.again)
