"""The brief under a header: written anew each day, and bookmarked."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from csbot.access import Role
from csbot.account_channels.model import AccountChannel
from csbot.brief.service import brief
from csbot.outbox.marks import Mark, bookmark
from csbot.outbox.queue import Rewrite, enqueue, enqueue_updates_many
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.brief import AccountBrief

KEY, WRITTEN_ON = "brief", "brief_on"  # among the bookmarks of a link
TITLE = "Brief"
AT_ONCE = 10  # in a minute: a brief is some twenty queries, and a day has minutes enough


def begin(session: Session, link: AccountChannel, *, settings: Settings, now: datetime) -> Mark:
    """Post it under the header; the mark that bookmarks it is for the caller to ask for."""
    key = f"brief:{link.channel_id}:{uuid4().hex}"
    written = {KEY: key, WRITTEN_ON: _today(settings, now).isoformat()}
    link.bookmarks = {**link.bookmarks, **written}
    said = _written(session, link, settings, now)
    enqueue(session, said, to=link.channel_id, key=key, thread=link.header, now=now)
    return bookmark(link.channel_id, KEY, None, TITLE, about=key)


def refresh(
    session: Session, links: Sequence[AccountChannel], *, settings: Settings, now: datetime
) -> None:
    """Those of yesterday, a few at a time."""
    today = _today(settings, now).isoformat()
    stale = [
        link for link in links if KEY in link.bookmarks and link.bookmarks[WRITTEN_ON] != today
    ]
    items = []
    for link in stale[:AT_ONCE]:
        link.bookmarks = {**link.bookmarks, WRITTEN_ON: today}
        items.append(Rewrite(link.bookmarks[KEY], _written(session, link, settings, now)))
    enqueue_updates_many(session, items, now=now)


def _written(
    session: Session, link: AccountChannel, settings: Settings, now: datetime
) -> AccountBrief:
    """As a viewer may read it: nobody knows who is in the channel tomorrow."""
    reader = TeamMember(role=Role.VIEWER, timezone=settings.env.csbot_timezone, name="")
    return brief(
        session, link.account_id, review=False, viewer=reader, settings=settings, now=now
    ).lasting()


def _today(settings: Settings, now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.env.csbot_timezone)).date()
