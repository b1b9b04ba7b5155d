"""Asks handlers as their registries hold them, without Slack in between."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.audit import AuditEntry
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from handlers import accounts, checkins, feedback, forms, meetings, onboarding, snoozing, tasks
from handlers.ask import COMMANDS, PRESSES, SUBMITS, Answer, Command, Press, Submission
from messages.form import Form, render_form
from messages.ids import Action
from messages.message import Message
from messages.render import render
from tests import builders
from tests.builders import MONDAY

# Imported, so registered.
CONCEPTS = (accounts, checkins, feedback, forms, meetings, onboarding, snoozing, tasks)
SETTINGS = Settings(env=Environment(), config=Config())


@dataclass
class Floor:
    """A team, two accounts of Dana's and one nobody owns; every ask happens at `now`."""

    session: Session
    now: datetime = MONDAY
    settings: Settings = SETTINGS

    def __post_init__(self) -> None:
        self.priya = builders.member("Priya Shah", role="manager")
        self.dana = builders.member("Dana Reyes")
        self.lee = builders.member("Lee Park", timezone="America/Los_Angeles")
        self.vic = builders.member("Vic Stone", role="viewer")
        self.session.add_all([self.priya, self.dana, self.lee, self.vic])
        self.session.flush()
        self.acme = builders.account("Acme", owner_id=self.dana.id)
        self.globex = builders.account("Globex", owner_id=self.dana.id, process="enterprise")
        self.orphan = builders.account("Initech")
        self.session.add_all([self.acme, self.globex, self.orphan])
        self.session.flush()

    def command(self, person: TeamMember, text: str) -> Answer:
        name, _, rest = text.removeprefix("/cs ").partition(" ")
        return COMMANDS[name](Command(**self._ask(person), text=rest.strip(), shared=False))

    def press(self, person: TeamMember, action: Action, value: str) -> Answer:
        return PRESSES[action](Press(**self._ask(person), value=value))

    def submit(self, person: TeamMember, form: Form, **values: Any) -> Answer:
        ask = Submission(**self._ask(person), values=values, remembered=form.remember())
        with self.session.begin_nested():  # as at the desk: what is refused has changed nothing
            return SUBMITS[form.view](ask)

    def posts(self) -> list[OutgoingMessage]:
        return list(self.session.scalars(select(OutgoingMessage).order_by(OutgoingMessage.id)))

    def verbs(self) -> list[str]:
        return list(self.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))

    def _ask(self, person: TeamMember) -> dict[str, Any]:
        return {
            "session": self.session,
            "settings": self.settings,
            "person": person,
            "now": self.now,
        }


def shown(answer: Answer) -> str:
    """All the words of an answer, with those on its controls."""
    assert answer is not None
    content = render(answer) if isinstance(answer, Message) else render_form(answer)
    return " ".join(_texts(content))


def controls(answer: Answer) -> list[tuple[str, str]]:
    """The action and value of each button of a message."""
    assert isinstance(answer, Message)
    blocks = render(answer)["blocks"]
    found = [e for b in blocks for e in [*b.get("elements", []), b.get("accessory", {})]]
    return [(e["action_id"], e["value"]) for e in found if e.get("type") == "button"]


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [t for value in node.values() for t in _texts(value)]
    if isinstance(node, list):
        return [t for value in node for t in _texts(value)]
    return [node] if isinstance(node, str) else []
