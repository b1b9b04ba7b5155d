"""The brief under a header: written anew each day, and bookmarked."""

import logging
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from csbot.access import Role
from csbot.account_channels.model import AccountChannel
from csbot.brief.service import brief
from csbot.outbox.marks import Mark, bookmark
from csbot.outbox.queue import Rewrite, enqueue, enqueue_updates_many
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.brief import AccountBrief

log = logging.getLogger(__name__)
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


def refresh(sessions: sessionmaker[Session], *, settings: Settings, now: datetime) -> None:
    """Those of yesterday, a few at a time, each by itself: one that fails waits for tomorrow."""
    today = _today(settings, now).isoformat()
    for channel in _stale(sessions, today)[:AT_ONCE]:
        try:
            with sessions.begin() as session:
                _rewrite(session, _marked(session, channel, today), settings, now)
        except DBAPIError:
            raise
        except Exception:
            log.exception("a brief cannot be written", extra={"channel": channel})
            with sessions.begin() as session:
                _marked(session, channel, today)


def _stale(sessions: sessionmaker[Session], today: str) -> list[str]:
    query = select(AccountChannel.channel_id, AccountChannel.bookmarks).where(
        AccountChannel.neutral_at.is_(None)
    )
    with sessions() as session:
        rows = session.execute(query.order_by(AccountChannel.channel_id)).all()
    return [id for id, marks in rows if KEY in marks and marks[WRITTEN_ON] != today]


def _marked(session: Session, channel: str, today: str) -> AccountChannel | None:
    """None where it is not to be written any more."""
    link = session.get(AccountChannel, channel, with_for_update=True)
    if link is None or KEY not in link.bookmarks:
        return None
    link.bookmarks = {**link.bookmarks, WRITTEN_ON: today}
    return link


def _rewrite(
    session: Session, link: AccountChannel | None, settings: Settings, now: datetime
) -> None:
    if link is not None:
        said = _written(session, link, settings, now)
        enqueue_updates_many(session, [Rewrite(link.bookmarks[KEY], said)], now=now)


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
