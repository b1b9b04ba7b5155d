"""The picture of a playbook that somebody asked for in Slack; the worker draws it."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.files import asking
from csbot.files.file import Made, Wish
from csbot.playbooks import versions
from csbot.playbooks.diagram.drawing import picture
from csbot.playbooks.diagram.page import alternative, steps_in_lines
from csbot.playbooks.naming import take_playbook
from csbot.slack.gateway import Attachment
from csbot.team.model import TeamMember
from messages.diagrams import DiagramAsked
from messages.text import Mrkdwn, escape

KIND = "diagram"


def ask(session: Session, text: str, *, by: TeamMember, now: datetime) -> DiagramAsked:
    """A playbook's name; its steps are told in words at once."""
    definition = take_playbook(session, text).force.definition
    asking.ask(session, KIND, by=by, now=now, playbook=definition.name)
    return DiagramAsked(title=definition.title, steps=tuple(steps_in_lines(definition)))


def make(wish: Wish) -> Made:
    definition = versions.named(wish.session, wish.args["playbook"]).definition
    file = Attachment(
        name=f"{definition.name}.png",
        title=definition.title,
        content=picture(definition),
        alt_text=alternative(definition),
    )
    return Made(file, Mrkdwn(f"Who does what in “{escape(definition.title)}”"))
