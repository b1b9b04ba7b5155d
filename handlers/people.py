"""Who is who in the team."""

from csbot.errors import Refused
from csbot.team.listing import team_list
from csbot.words import said
from handlers.ask import Answer, Command, Press, on_command, on_press
from messages.ids import Action


@on_command("team")
def team(ask: Command) -> Answer:
    if ask.text:
        raise Refused(f"`/cs team` lists everybody. I did not read {said(ask.text)}.")
    return team_list(ask.session, reader=ask.person, now=ask.now)


@on_press(Action.TEAM_PAGE)
def turned(ask: Press) -> Answer:
    return team_list(ask.session, reader=ask.person, now=ask.now, page=ask.numbers(1)[0])
