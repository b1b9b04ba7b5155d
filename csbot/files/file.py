"""A file that somebody asked for, and how one of its kind is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May
from csbot.settings import Settings
from csbot.slack.gateway import Attachment
from csbot.team.model import TeamMember
from messages.text import Mrkdwn


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is made, for whom and when; `args` are what `asking.ask` was given beside its kind."""

    session: Session
    settings: Settings
    args: Mapping[str, str]
    person: TeamMember
    now: datetime


@dataclass(frozen=True)
class Made:
    """`comment` stands above the file in Slack."""

    file: Attachment
    comment: Mrkdwn


@dataclass(frozen=True)
class Kind:
    """Who `may` have it is asked again when it is made; `make` raises Refused where it cannot."""

    what: str
    may: May
    make: Callable[[Wish], Made]
