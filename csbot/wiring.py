"""Puts the parts together: settings, database, Slack. Every process starts here."""

from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.engine import open_database, session_factory
from csbot.overrides import in_force
from csbot.settings import Settings
from csbot.slack.client import SlackClient
from csbot.slack.gateway import Gateway
from messages.render import show_charts, use_folder

WHILE_THEY_WAIT = 2  # seconds: Slack gives a person's click three in all


@dataclass(frozen=True)
class Wiring:
    """`slack` is for work in the background, `slack_now` for calls while a person waits.

    `by_hand`: somebody does a job at a terminal, so that nothing of what it finds is held back.
    """

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    slack: Gateway
    slack_now: Gateway
    by_hand: bool = False

    def in_force(self) -> "Wiring":
        """The same with what was set in Slack until now; `settings` here are the file's."""
        with self.sessions() as session:
            found = in_force(session, self.settings)
        return self if found is self.settings else replace(self, settings=found)


def wire(settings: Settings) -> Wiring:
    engine = open_database(settings.env.database_url)
    use_folder(settings.env.csbot_templates_dir)
    show_charts(settings.config.display.charts)
    patient, quick = (
        SlackClient(
            token=settings.env.slack_bot_token, base_url=settings.env.slack_api_url, timeout=timeout
        )
        for timeout in (settings.config.delivery.request_timeout, WHILE_THEY_WAIT)
    )
    return Wiring(settings, engine, session_factory(engine), patient, quick)
