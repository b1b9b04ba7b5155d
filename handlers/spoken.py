"""What is kept of a command's words: with the names of whoever is mentioned in them."""

from sqlalchemy import select

from csbot.slack.plain import by_name, mentioned
from csbot.team.model import TeamMember
from handlers.ask import Command


def spoken(ask: Command) -> str:
    """Nobody is asked of Slack here: a command comes with the names of channels."""
    ids = mentioned(ask.text)
    if not ids:
        return ask.text
    people = select(TeamMember.slack_id, TeamMember.name).where(TeamMember.slack_id.in_(ids))
    return by_name(ask.text, {str(id): name for id, name in ask.session.execute(people)})
